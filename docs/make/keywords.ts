/** What the words mean that services offer to clients, and where they come from; the sessions themselves say which there are. */

export interface Keyword {
  readonly rfc: string;
  /** What it means here, for an administrator. */
  readonly about: string;
}

export const KEYWORDS = {
  smtp: {
    PIPELINING: { rfc: "RFC 2920", about: "Commands may come without waiting for each reply." },
    ENHANCEDSTATUSCODES: { rfc: "RFC 2034, RFC 3463", about: "Replies carry a status code such as 5.1.1." },
    LIMITS: { rfc: "RFC 9422", about: "MAILMAX messages in a session, RCPTMAX recipients of a message." },
    SIZE: { rfc: "RFC 1870", about: "The largest message, known before it is sent." },
    "8BITMIME": { rfc: "RFC 6152", about: "Bodies with octets above 127." },
    SMTPUTF8: { rfc: "RFC 6531", about: "Addresses and header fields in UTF-8." },
    DSN: { rfc: "RFC 3461", about: "The sender says of what he wants to hear: failure, delay, success." },
    REQUIRETLS: { rfc: "RFC 8689", about: "The message may travel encrypted only, all the way." },
    CHUNKING: { rfc: "RFC 3030", about: "Messages in chunks of known length (BDAT)." },
    BINARYMIME: { rfc: "RFC 3030", about: "Messages with octets of any kind." },
    VRFY: { rfc: "RFC 5321 §3.5", about: "Users may ask whether an address exists; strangers hear 252." },
    EXPN: { rfc: "RFC 5321 §3.5", about: "Users may ask whom an address reaches." },
    ETRN: {
      rfc: "RFC 1985",
      about: "The server of a domain that mail is kept for here may ask for it; offered where there is one.",
    },
    HELP: { rfc: "RFC 5321 §4.1.1.8", about: "The commands, or one of them." },
    STARTTLS: { rfc: "RFC 3207", about: "The session can go on in TLS." },
    AUTH: { rfc: "RFC 4954", about: "Users may log in, by the mechanisms named." },
  },
  pop3: {
    USER: { rfc: "RFC 1939 §7", about: "Logging in with name and password." },
    SASL: { rfc: "RFC 5034", about: "Logging in by the mechanisms named." },
    STLS: { rfc: "RFC 2595", about: "The session can go on in TLS." },
    UTF8: { rfc: "RFC 6856", about: "Headers in UTF-8; UTF8 USER: names and passwords too." },
    "RESP-CODES": { rfc: "RFC 2449 §6.4", about: "Refusals carry a code such as [IN-USE]." },
    "AUTH-RESP-CODE": { rfc: "RFC 3206", about: "A refusal says whether it was the password." },
    PIPELINING: { rfc: "RFC 2449 §6.6", about: "Commands may come without waiting for each response." },
    EXPIRE: { rfc: "RFC 2449 §6.7", about: "NEVER: what a client leaves here stays." },
    IMPLEMENTATION: { rfc: "RFC 2449 §6.9", about: "The name of the server." },
    TOP: { rfc: "RFC 1939 §7", about: "The header and the first lines of a message." },
    UIDL: { rfc: "RFC 1939 §7", about: "Ids by which a client knows messages again." },
  },
  managesieve: {
    IMPLEMENTATION: { rfc: "RFC 5804 §1.7", about: "The name of the server." },
    SASL: { rfc: "RFC 5804 §1.7", about: "The mechanisms for logging in; none once somebody has." },
    SIEVE: { rfc: "RFC 5804 §1.7", about: "The [extensions](sieve.md#the-language) that scripts may require." },
    STARTTLS: { rfc: "RFC 5804 §2.2", about: "The session can go on in TLS." },
    MAXREDIRECTS: { rfc: "RFC 5804 §1.7", about: "To how many addresses scripts may redirect one message." },
    NOTIFY: { rfc: "RFC 5804 §1.7", about: "How notifications are sent: by mail." },
    UNAUTHENTICATE: { rfc: "RFC 5804 §2.14", about: "The login can be forgotten." },
    OWNER: { rfc: "RFC 5804 §1.7", about: "Whose scripts these are." },
    VERSION: { rfc: "RFC 5804 §1.7", about: "Of the protocol." },
  },
  ftp: {
    AUTH: { rfc: "RFC 4217 §4", about: "The session can go on in TLS." },
    PBSZ: { rfc: "RFC 4217 §8", about: "Comes before PROT." },
    PROT: { rfc: "RFC 4217 §9", about: "Data connections can be in TLS." },
    SIZE: { rfc: "RFC 3659 §4", about: "How many octets a file has." },
    MDTM: { rfc: "RFC 3659 §3", about: "When a file was changed last." },
    MFMT: { rfc: "RFC 3659 §2.3", about: "That time can be set." },
    HASH: { rfc: "RFC 2389 §3", about: "Hashes of files, to compare after a transfer; the one with a star is told." },
    MLST: { rfc: "RFC 3659 §7", about: "Listings for programs, with the facts named." },
    REST: { rfc: "RFC 3659 §5", about: "Transfers can be resumed where they broke off." },
    EPSV: { rfc: "RFC 2428 §3", about: "Data connections of the client, also in IPv6." },
    EPRT: { rfc: "RFC 2428 §2", about: "Data connections to the client, also in IPv6." },
    UTF8: { rfc: "RFC 2640 §3.2", about: "Names are in UTF-8." },
    TVFS: { rfc: "RFC 3659 §6", about: "Paths have slashes, and . and .. mean what they mean elsewhere." },
    CLNT: { rfc: "RFC 2389 §3", about: "Clients may say what they are called." },
    CSID: { rfc: "RFC 2389 §3", about: "Clients may say more about themselves." },
  },
} as const satisfies Record<string, Record<string, Keyword>>;
