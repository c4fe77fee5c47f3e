/**
 * POP3: hands a user the INBOX of his primary mailbox (ports 110 and 995). The appliance runs a session on each connection.
 *
 * RFC 1939 (USER, PASS, STAT, LIST, RETR, DELE, NOOP, RSET, QUIT, TOP, UIDL), RFC 2449 (CAPA, RESP-CODES, PIPELINING, EXPIRE,
 * IMPLEMENTATION), RFC 2595 (STLS), RFC 3206 (AUTH-RESP-CODE), RFC 5034 (SASL), RFC 6856 (UTF8). Not APOP: it needs the
 * password itself on the server, where only its hash is kept; SCRAM does better what it was for. Not LOGIN-DELAY: a login is
 * cheap here.
 */
export { Maildrops } from "./maildrop.ts";
export { pop3Session } from "./session.ts";
export { pop3Settings } from "./settings.ts";
