/** Web Push: what a browser is told, so that nobody between reads it, and when it is told. */
import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import type { Preferences } from "../../src/directory/preferences.ts";
import type { Errand } from "../../src/gateway/outside.ts";
import { SEEN } from "../../src/mailstore/flags.ts";
import { Refusal } from "../../src/refusal.ts";
import { encrypted, isPublicKey, newServerKeys, vapid } from "../../src/web/push/encrypt.ts";
import { isQuiet } from "../../src/web/push/news.ts";
import { Notifier, type Told } from "../../src/web/push/notifier.ts";
import { House } from "../webmail/house.ts";

const octets = (text: string) => new Uint8Array(Buffer.from(text, "base64url"));

test("a message is encrypted as in the example of RFC 8291 §5", async () => {
  const publicKey = "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8";
  const point = Buffer.from(publicKey, "base64url");
  const [x, y] = [point.subarray(1, 33).toString("base64url"), point.subarray(33).toString("base64url")];
  const jwk = { kty: "EC", crv: "P-256", x, y };
  const curve = { name: "ECDH", namedCurve: "P-256" };
  const d = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw";
  const pair = {
    privateKey: await crypto.subtle.importKey("jwk", { ...jwk, d }, curve, true, ["deriveBits"]),
    publicKey: await crypto.subtle.importKey("jwk", jwk, curve, true, []),
  };
  const sealed = await encrypted(
    Buffer.from("When I grow up, I want to be a watermelon"),
    {
      p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
      auth: "BTBZMqHH6r4Tts7J_aSIgg",
    },
    { salt: octets("DGv6ra1nlYgDCS1FRnbzlw"), pair },
  );
  expect(Buffer.from(sealed).toString("base64url")).toBe(
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN",
  );
});

test("the server proves who it is to the service of the endpoint alone, for half a day (RFC 8292 §2)", async () => {
  const keys = await newServerKeys();
  const now = Date.parse("2026-11-23T12:00:00Z");
  const field = await vapid("https://push.example:8443/send/abc?x=1", keys, "mailto:postmaster@home.example", now);
  const [, head = "", claims = "", signature = "", key] = /^vapid t=(.+)\.(.+)\.(.+), k=(.+)$/.exec(field) ?? [];
  expect(JSON.parse(Buffer.from(claims, "base64url").toString())).toEqual({
    ...{ aud: "https://push.example:8443", exp: now / 1000 + 43_200, sub: "mailto:postmaster@home.example" },
  });
  expect(key).toBe(keys.publicKey);
  const curve = { name: "ECDSA", namedCurve: "P-256" };
  const verifier = await crypto.subtle.importKey("raw", octets(keys.publicKey), curve, false, ["verify"]);
  const signed = new Uint8Array(Buffer.from(`${head}.${claims}`));
  expect(await crypto.subtle.verify({ ...curve, hash: "SHA-256" }, verifier, octets(signature), signed)).toBe(true);
});

test("a browser's key is a point on the curve", async () => {
  expect(await isPublicKey((await newServerKeys()).publicKey)).toBe(true);
  for (const no of ["", "abc", "A".repeat(87), `${"A".repeat(86)}\n`]) expect(await isPublicKey(no)).toBe(false);
});

/** A browser that wants to be told, and reads what comes. */
class Phone {
  readonly #pair;
  readonly #secret = crypto.getRandomValues(new Uint8Array(16));

  private constructor(pair: CryptoKeyPair) {
    this.#pair = pair;
  }

  static async make(): Promise<Phone> {
    return new Phone(await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, ["deriveBits"]));
  }

  async address() {
    const raw = await crypto.subtle.exportKey("raw", this.#pair.publicKey);
    const text = (part: ArrayBuffer | Uint8Array) => Buffer.from(part as Uint8Array).toString("base64url");
    return { p256dh: text(raw), auth: text(this.#secret) };
  }

  /** RFC 8291 §3, from the other side. */
  async read(sealed: Uint8Array): Promise<Told> {
    const { subtle } = crypto;
    const [salt, theirs] = [sealed.slice(0, 16), sealed.slice(21, 86)];
    const ours = new Uint8Array(await subtle.exportKey("raw", this.#pair.publicKey));
    const publicKey = await subtle.importKey("raw", theirs, { name: "ECDH", namedCurve: "P-256" }, false, []);
    const shared = await subtle.deriveBits({ name: "ECDH", public: publicKey }, this.#pair.privateKey, 256);
    const hkdf = async (from: BufferSource, salt: BufferSource, info: Uint8Array, octets: number) => {
      const key = await subtle.importKey("raw", from, "HKDF", false, ["deriveBits"]);
      return await subtle.deriveBits(
        { name: "HKDF", hash: "SHA-256", salt, info: new Uint8Array(info) },
        key,
        octets * 8,
      );
    };
    const secret = await hkdf(shared, this.#secret, Buffer.concat([Buffer.from("WebPush: info\0"), ours, theirs]), 32);
    const key = await hkdf(secret, salt, Buffer.from("Content-Encoding: aes128gcm\0"), 16);
    const iv = await hkdf(secret, salt, Buffer.from("Content-Encoding: nonce\0"), 12);
    const aes = await subtle.importKey("raw", key, "AES-GCM", false, ["decrypt"]);
    const plain = new Uint8Array(await subtle.decrypt({ name: "AES-GCM", iv }, aes, sealed.slice(86)));
    expect(plain.at(-1)).toBe(2);
    return JSON.parse(Buffer.from(plain.slice(0, -1)).toString());
  }
}

let house: House;
let notifier: Notifier;
let phone: Phone;
let session: Uint8Array;
const posted: { url: string; errand: Errand }[] = [];
let answer: (url: string) => number | Promise<number> = () => 201;

beforeAll(async () => {
  house = await House.build();
  phone = await Phone.make();
  const outside = {
    run: async (url: string, errand: Errand) => {
      const status = await answer(url);
      posted.push({ url, errand });
      return status;
    },
  };
  const { store, directory, mailstore, auth } = house;
  notifier = new Notifier({
    store,
    directory,
    mailstore,
    auth,
    outside,
    hostname: () => "mail.home.example",
    now: Date.now,
    gatherMs: 100,
  });
});
afterAll(async () => {
  await notifier.stop();
  expect(house.faults).toEqual([]);
  await house.close();
});
beforeEach(async () => {
  posted.length = 0;
  answer = () => 201;
  const { auth, store } = house;
  const { id: user } = house.user("ann");
  await auth.sessions.closeAll(user);
  const passwordChangedAt = house.user("ann").passwordChangedAt;
  const token = await auth.sessions.open({
    user,
    passwordChangedAt,
    remembered: true,
    remote: "192.0.2.1",
    agent: "Phone",
  });
  session = auth.sessions.find(token)?.id ?? new Uint8Array();
  const subscribing = { ...(await phone.address()), endpoint: "https://push.example/send/1", language: "de" };
  await store.commit((tx) => auth.subscriptions.setWithin(tx, user, session, subscribing));
  await wish({ notify: "inbox", notifyFolders: [], notifyDetails: true, quietFrom: "", quietUntil: "" });
});

const wish = (change: Partial<Preferences>) =>
  house.store.commit((tx) => house.directory.preferences.setWithin(tx, house.user("ann").id, change));
const letter = (subject: string) => `From: Carol <carol@else.example>\nSubject: ${subject}\n\nHello\n`;
const put = (subject: string, folder = "INBOX", options = {}) =>
  house.put(house.folderId("ann", folder), letter(subject), options);
const come = async (count: number) => {
  while (posted.length < count) await new Promise((resolve) => setTimeout(resolve, 5));
};
const told = () => Promise.all(posted.map(({ errand }) => phone.read(errand.post?.octets ?? new Uint8Array())));

test("new mail is told to the browser that asked for it, and only it can read it", async () => {
  const [first, second] = [await put("Plans"), await put("More")];
  await come(2);
  const folder = house.folderId("ann");
  const inOrder = (await told()).sort((one, other) => one.tag.localeCompare(other.tag));
  expect(inOrder.map(({ unread: _, ...one }) => one)).toEqual([
    { title: "Carol", body: "Plans", href: `/mail/f/${folder}/m/${first}`, tag: `mail-${folder}-${first}` },
    { title: "Carol", body: "More", href: `/mail/f/${folder}/m/${second}`, tag: `mail-${folder}-${second}` },
  ]);
  const { url, errand } = posted[0] ?? {};
  expect(url).toBe("https://push.example/send/1");
  expect(errand?.fields?.map((field) => field.split(":")[0])).toEqual([
    "Authorization",
    "Content-Encoding",
    "TTL",
    "Urgency",
  ]);
  expect(Buffer.from(errand?.post?.octets ?? []).toString("latin1")).not.toContain("Plans");
});

test("many are told as a number in the reader's language, and without details where he wants it so", async () => {
  await Promise.all(["a", "b", "c", "d", "e"].map((subject) => put(subject)));
  await come(1);
  expect((await told())[0]).toMatchObject({ title: "5 neue Nachrichten", body: "", tag: "mail" });
  await wish({ notifyDetails: false });
  await put("Secret");
  await come(2);
  expect((await told())[1]).toMatchObject({ title: "Neue Nachricht", body: "" });
});

test("what is no news is not told: read, old, moved, junk, in other folders, and at quiet hours", async () => {
  const { store, mailstore } = house;
  const sent = await store.commit((tx) => mailstore.specialFolder(tx, house.user("ann").primaryMailbox, "Sent"));
  const work = await mailstore.createFolder(house.user("ann").primaryMailbox, "Work");
  await put("read", "INBOX", { flags: SEEN });
  await put("old", "INBOX", { at: Date.now() - 3_600_000 });
  await house.put(sent, letter("mine"));
  const uid = await put("elsewhere", "Work");
  await mailstore.copy(work.id, [uid], house.folderId("ann"), {});
  await wish({ quietFrom: "00:00", quietUntil: "23:59" });
  await put("quiet");
  await wish({ quietFrom: "", notify: "chosen", notifyFolders: [work.id] });
  await put("not chosen");
  await put("chosen", "Work");
  await come(1);
  expect((await told()).map(({ body }) => body)).toEqual(["chosen"]);
});

test("quiet hours go over midnight, where their owner is", () => {
  const wishes = { quietFrom: "22:00", quietUntil: "07:00", zone: "Asia/Tokyo" };
  const at = (time: string) =>
    isQuiet({ ...house.directory.preferences.of(0), ...wishes }, Date.parse(`2026-11-23T${time}Z`));
  expect([at("12:59"), at("13:00"), at("21:59"), at("22:00")]).toEqual([false, true, true, false]);
});

test("who signs out is told nothing more, and a browser that is gone is forgotten", async () => {
  const { auth, store } = house;
  const { id } = house.user("ann");
  answer = () => 410;
  await put("gone");
  await come(1);
  while (auth.subscriptions.of(id).length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  const subscribing = { ...(await phone.address()), endpoint: "https://push.example/send/2", language: "" };
  await store.commit((tx) => auth.subscriptions.setWithin(tx, id, session, subscribing));
  // Who proves himself anew has another session id; his browser goes on being told.
  const renewed = auth.sessions.find(await auth.sessions.prove({ id: session }));
  expect(auth.subscriptions.of(id).map((one) => Buffer.from(one.session).toString("hex"))).toEqual([
    Buffer.from(renewed?.id ?? []).toString("hex"),
  ]);
  await auth.sessions.closeAll(id);
  expect([auth.subscriptions.of(id), auth.subscriptions.any()]).toEqual([[], false]);
});

test("a service that answers nobody holds up none but whoever named it", async () => {
  const { auth, store } = house;
  const { id: user, passwordChangedAt, primaryMailbox } = house.user("bob");
  const about = { user, passwordChangedAt, remembered: true, remote: "192.0.2.1", agent: "Phone" };
  const slow = auth.sessions.find(await auth.sessions.open(about))?.id ?? new Uint8Array();
  const subscribing = { ...(await phone.address()), endpoint: "https://slow.example/", language: "" };
  await store.commit((tx) => auth.subscriptions.setWithin(tx, user, slow, subscribing));
  const waiting = Promise.withResolvers<number>();
  let asked = 0;
  answer = (url) => {
    if (!url.includes("slow")) return 201;
    asked++;
    return waiting.promise;
  };
  const inbox = house.mailstore.folder(primaryMailbox, "INBOX")?.id ?? 0;
  await house.put(inbox, letter("slow"));
  while (asked === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await house.put(inbox, letter("behind it"));
  await put("quick");
  await come(1);
  expect([posted[0]?.url, asked]).toEqual(["https://push.example/send/1", 1]);
  waiting.resolve(201);
  await come(3);
  expect((await told()).map(({ body }) => body).sort()).toEqual(["behind it", "quick", "slow"]);
  await auth.sessions.closeAll(user);
});

test("a service that refuses is tried for a while, then given up; one in the local network is never reached", async () => {
  const { auth } = house;
  const [subscription] = auth.subscriptions.of(house.user("ann").id);
  if (subscription === undefined) throw new Error("no subscription");
  for (let failures = 0; failures < 20; failures++)
    await auth.subscriptions.heard({ ...subscription, failures }, false);
  expect(auth.subscriptions.any()).toBe(false);
  await expect(
    house.gateway.outside.run("https://127.0.0.1/x", {
      ...{ accept: "*/*", most: 10, onPiece: () => undefined, signal: AbortSignal.timeout(5_000) },
      post: { type: "application/octet-stream", octets: new Uint8Array(1) },
    }),
  ).rejects.toThrow(Refusal);
});
