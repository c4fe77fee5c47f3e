/** Random tokens: what a browser or a link carries, of which only a hash is kept. */
import { timingSafeEqual } from "node:crypto";

/** How a token of `newToken` looks. */
export const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/** 256 random bits in base64url. */
export const newToken = (): string => Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64url");

/** SHA-256 of a text: enough for what is random itself. */
export const digest = (text: string): Uint8Array => new Bun.CryptoHasher("sha256").update(text).digest();

/** The anti-forgery token that belongs to a cookie's token: nobody can make it who does not have the cookie. */
export const csrfOf = (token: string): string => Buffer.from(digest(`gatepost csrf ${token}`)).toString("base64url");

/** Compares two secrets without telling by time how far they agree. */
export const sameSecret = (left: string, right: string): boolean => timingSafeEqual(digest(left), digest(right));
