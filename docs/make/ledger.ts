/**
 * The RFC ledger: which standard is kept, how far, and why not. Titles and states stand here; where a standard is kept is
 * found in the sources. A test sees that nothing which a source cites is missing, and that nothing is claimed which no source
 * cites.
 */

/** "yes", "partly" with what is missing, "no" with why. */
export type State = "yes" | "partly" | "no";

/** One line of the ledger. */
export interface Entry {
  readonly rfc: number;
  readonly title: string;
  readonly state: State;
  /** What is missing, why not, or what to know. */
  readonly note: string;
}

/** A heading of the page and the lines below it. */
export interface Chapter {
  readonly title: string;
  readonly entries: readonly Entry[];
}

const yes = (rfc: number, title: string, note = ""): Entry => ({ rfc, title, state: "yes", note });
const partly = (rfc: number, title: string, note: string): Entry => ({ rfc, title, state: "partly", note });
const no = (rfc: number, title: string, note: string): Entry => ({ rfc, title, state: "no", note });

export const LEDGER: readonly Chapter[] = [
  {
    title: "Mail transport",
    entries: [
      yes(1870, "SMTP Message Size Declaration"),
      no(1985, "SMTP Remote Message Queue Starting (ETRN)", "not wanted: what waits is tried again by itself"),
      no(2033, "Local Mail Transfer Protocol", "not wanted: delivery happens inside the process"),
      yes(2034, "SMTP Enhanced Error Codes"),
      partly(2142, "Mailbox Names for Common Services", "postmaster and abuse; the others are ordinary addresses"),
      no(2852, "Deliver By SMTP Service Extension", "nobody asked for it yet"),
      yes(2920, "SMTP Command Pipelining", "receiving and sending"),
      yes(3030, "SMTP for Large and Binary MIME Messages", "CHUNKING and BINARYMIME; binary mail is never converted"),
      yes(3207, "SMTP over Transport Layer Security", "receiving and sending"),
      yes(3461, "SMTP Delivery Status Notifications"),
      yes(3463, "Enhanced Mail System Status Codes"),
      yes(3464, "Format for Delivery Status Notifications"),
      yes(3834, "Automatic Responses to E-Mail"),
      yes(3848, "ESMTP and LMTP Transmission Types"),
      no(4865, "Future Message Release", "not yet"),
      partly(4954, "SMTP Authentication", "the AUTH parameter of MAIL is read and not passed on"),
      partly(5233, "Sieve: Subaddress", "anna+shop@ reaches anna@; there is no Sieve yet"),
      yes(5321, "Simple Mail Transfer Protocol", "source routes are read and ignored; VRFY tells strangers nothing"),
      yes(6152, "8-bit MIME Transport", "not converted: what the next server cannot take comes back"),
      yes(6409, "Message Submission for Mail"),
      yes(6522, "Multipart/Report Media Type"),
      yes(6531, "SMTP for Internationalized Email"),
      yes(6533, "Internationalized Delivery Status and Disposition Notifications"),
      yes(7435, "Opportunistic Security", "sending to other domains"),
      yes(7505, "Null MX"),
      partly(8098, "Message Disposition Notification", "users may send them; none is made here"),
      yes(
        8314,
        "Cleartext Considered Obsolete",
        "465, 993 and 995; no password without TLS but from the machine itself",
      ),
      no(8461, "SMTP MTA Strict Transport Security", "not yet"),
      partly(8689, "SMTP Require TLS Option", "REQUIRETLS yes; the field TLS-Required is not read"),
      yes(9228, "Delivered-To Email Header Field", "in front of what is forwarded to other servers"),
      partly(9422, "SMTP LIMITS Extension", "MAILMAX and RCPTMAX are announced, MAILMAX of others is kept"),
    ],
  },
  {
    title: "Messages",
    entries: [
      partly(822, "Format of ARPA Internet Text Messages", "the names of its time zones; RFC 5322 for the rest"),
      partly(
        1049,
        "Content-Type Header Field for Internet Messages",
        "the bare word “text” is understood, nothing else of it",
      ),
      partly(1864, "Content-MD5 Header Field", "told to IMAP clients; never computed or checked"),
      yes(2045, "MIME Part One: Format of Message Bodies"),
      yes(2046, "MIME Part Two: Media Types", "message/partial is not put together"),
      yes(2047, "MIME Part Three: Header Extensions for Non-ASCII Text"),
      yes(2183, "Content-Disposition Header Field"),
      yes(2231, "MIME Parameter Value and Encoded Word Extensions"),
      yes(2387, "Multipart/Related Content-Type"),
      partly(2392, "Content-ID and Message-ID URLs", "cid: pictures are shown; mid: is not followed"),
      partly(
        2557,
        "MIME Encapsulation of Aggregate Documents (MHTML)",
        "Content-Location is told to IMAP clients, not used in webmail",
      ),
      partly(3282, "Content Language Headers", "told to IMAP clients, not used otherwise"),
      partly(
        3676,
        "Text/Plain Format and DelSp Parameters",
        "read in webmail, written in welcome messages; webmail writes plain lines",
      ),
      yes(5322, "Internet Message Format", "the obsolete syntax is read, and much that is malformed"),
      yes(6532, "Internationalized Email Headers"),
    ],
  },
  {
    title: "IMAP",
    entries: [
      yes(2177, "IMAP4 IDLE Command"),
      yes(2180, "IMAP4 Multi-Accessed Mailbox Practice", "messages that go while others read them: §4.1.1"),
      partly(2342, "IMAP4 Namespace", "one's own folders only; mailboxes of others are not shown over IMAP yet"),
      yes(2971, "IMAP4 ID Extension"),
      yes(3348, "IMAP4 Child Mailbox Extension"),
      yes(3501, "IMAP4rev1"),
      no(3502, "IMAP MULTIAPPEND Extension", "not yet"),
      partly(
        3516,
        "IMAP4 Binary Content Extension",
        "the items of FETCH that IMAP4rev2 has; BINARY itself is not announced",
      ),
      yes(3691, "IMAP UNSELECT Command"),
      partly(
        4314,
        "IMAP4 Access Control List Extension",
        "rights are kept for each mailbox, and webmail obeys them; no commands yet",
      ),
      yes(4315, "IMAP UIDPLUS Extension"),
      partly(4466, "Collected Extensions to IMAP4 ABNF", "the grammar; no SELECT parameter is known yet"),
      no(4469, "IMAP CATENATE Extension", "not yet"),
      yes(4731, "IMAP4 Extension to SEARCH (ESEARCH)"),
      yes(4959, "IMAP Extension for SASL Initial Client Response"),
      no(4978, "IMAP COMPRESS Extension", "not yet"),
      yes(5161, "IMAP ENABLE Extension"),
      yes(5182, "IMAP Extension for the Last SEARCH Result (SEARCHRES)"),
      no(5256, "IMAP SORT and THREAD Extensions", "not yet"),
      yes(5258, "IMAP4 LIST Command Extensions"),
      no(5464, "IMAP METADATA Extension", "not yet"),
      no(5465, "IMAP NOTIFY Extension", "not yet"),
      yes(5530, "IMAP Response Codes"),
      yes(5819, "IMAP4 Extension for STATUS in Extended LIST"),
      partly(
        6154,
        "IMAP LIST Extension for Special-Use Mailboxes",
        "no CREATE with a use: the usual folders are there from the start",
      ),
      yes(6851, "IMAP MOVE Extension"),
      no(6855, "IMAP Support for UTF-8", "not as extension: IMAP4rev2 has it"),
      partly(
        7162,
        "IMAP CONDSTORE and QRESYNC",
        "mod-sequences and expunged UIDs are kept from the first day; not offered yet",
      ),
      yes(7888, "IMAP4 Non-Synchronizing Literals", "LITERAL+"),
      yes(7889, "IMAP APPENDLIMIT Extension", "one limit for all folders"),
      yes(8438, "IMAP Extension for STATUS=SIZE"),
      no(8474, "IMAP Extension for Object Identifiers", "not yet"),
      partly(8514, "IMAP SAVEDATE Extension", "the date is kept, and mail expires by it; not offered yet"),
      yes(9051, "IMAP4rev2"),
      partly(9208, "IMAP QUOTA Extension", "limits hold, and OVERQUOTA is said; no commands yet"),
    ],
  },
  {
    title: "POP3",
    entries: [
      partly(
        1939,
        "Post Office Protocol Version 3",
        "no APOP: it needs the password itself, and only its hash is kept",
      ),
      partly(2449, "POP3 Extension Mechanism", "no LOGIN-DELAY: a login is cheap here"),
      yes(2595, "Using TLS with IMAP, POP3 and ACAP"),
      yes(3206, "SYS and AUTH POP Response Codes"),
      yes(5034, "POP3 SASL Authentication Mechanism"),
      partly(6856, "POP3 Support for UTF-8", "UTF8 and UTF8 USER; no LANG: there is one language"),
    ],
  },
  {
    title: "FTP",
    entries: [
      yes(775, "Directory Oriented FTP Commands"),
      partly(854, "Telnet Protocol", "as far as clients send it with ABOR"),
      partly(959, "File Transfer Protocol", "stream mode and files without structure; no EBCDIC, no REIN in TLS"),
      partly(1123, "Requirements for Internet Hosts", "its part on FTP, without record structure"),
      yes(1635, "How to Use Anonymous FTP"),
      partly(2228, "FTP Security Extensions", "by TLS alone; CCC is refused"),
      yes(2389, "Feature Negotiation Mechanism for FTP", "with HASH, CLNT and CSID of drafts"),
      yes(2428, "FTP Extensions for IPv6 and NATs"),
      yes(2577, "FTP Security Considerations"),
      partly(2640, "Internationalization of FTP", "UTF-8; one language, so no LANG"),
      yes(3629, "UTF-8", "names that are something else travel as they are"),
      yes(3659, "Extensions to FTP", "and MFMT of a draft"),
      partly(4217, "Securing FTP with TLS", "no way back into plaintext (CCC, REIN)"),
    ],
  },
  {
    title: "Logging in",
    entries: [
      partly(2307, "LDAP as a Network Information Service", "memberUid in groups of user databases"),
      partly(2696, "LDAP Simple Paged Results", "as a client of user databases"),
      partly(2798, "The inetOrgPerson LDAP Object Class", "what is read of entries"),
      partly(3454, "Preparation of Internationalized Strings (stringprep)", "what SASLprep needs of it"),
      yes(4013, "SASLprep"),
      yes(4226, "HOTP: HMAC-Based One-Time Password Algorithm", "as part of RFC 6238"),
      yes(4422, "Simple Authentication and Security Layer (SASL)"),
      partly(
        4511,
        "LDAP: The Protocol",
        "as a client of user databases: simple bind, search, STARTTLS; referrals are not followed",
      ),
      partly(
        4513,
        "LDAP: Authentication Methods and Security Mechanisms",
        "as a client: simple bind under TLS; never without a password",
      ),
      partly(4514, "LDAP: Distinguished Names", "compared, not made"),
      yes(4515, "LDAP: Search Filters", "in the settings of user databases"),
      partly(4519, "LDAP: Schema for User Applications", "what is read of entries"),
      yes(4616, "PLAIN SASL Mechanism", "an identity to act as may only be one's own"),
      yes(5802, "SCRAM SASL Mechanisms", "SCRAM-SHA-256 only"),
      yes(6238, "TOTP: Time-Based One-Time Password Algorithm", "six digits, SHA-1, 30 seconds, a step to either side"),
      no(7628, "SASL Mechanisms for OAuth", "not yet"),
      yes(7677, "SCRAM-SHA-256 and SCRAM-SHA-256-PLUS", "-PLUS for those who log in here; without it at smart hosts"),
      partly(8812, "COSE and JOSE Registrations for WebAuthn Algorithms", "RS256 of passkeys"),
      partly(9053, "CBOR Object Signing and Encryption: Initial Algorithms", "EdDSA and ES256 of passkeys"),
      yes(9106, "Argon2", "Argon2id"),
      yes(9266, "Channel Bindings for TLS 1.3", "tls-exporter"),
    ],
  },
  {
    title: "TLS and certificates",
    entries: [
      partly(5280, "X.509 Certificate and CRL Profile", "a root and server certificates are made; no revocation lists"),
      yes(5705, "Keying Material Exporters for TLS"),
      partly(6066, "TLS Extensions", "the server name"),
      no(6698, "DNS-Based Authentication of Named Entities (DANE)", "not yet"),
      yes(7093, "Additional Methods for Generating Key Identifiers"),
      yes(8446, "TLS 1.3", "the platform's; 1.2 is the oldest that is spoken"),
      no(8555, "Automatic Certificate Management Environment (ACME)", "not yet: certificates are uploaded"),
      yes(9525, "Service Identity in TLS"),
    ],
  },
  {
    title: "DNS",
    entries: [
      partly(1035, "Domain Names: Implementation and Specification", "asking; nothing is served"),
      yes(2181, "Clarifications to the DNS Specification"),
      yes(2308, "Negative Caching of DNS Queries"),
      yes(3596, "DNS Extensions to Support IPv6"),
      partly(
        4035,
        "Protocol Modifications for DNSSEC",
        "what the resolver says it checked is read; no signature is checked here",
      ),
      yes(5452, "Making DNS More Resilient against Forged Answers"),
      yes(5890, "Internationalized Domain Names for Applications"),
      partly(6761, "Special-Use Domain Names", "localhost"),
      partly(6840, "Clarifications for DNSSEC", "the AD bit is asked for"),
      yes(6891, "Extension Mechanisms for DNS (EDNS(0))"),
      partly(7766, "DNS Transport over TCP", "for answers that do not fit into UDP, one question a connection"),
      yes(9520, "Negative Caching of DNS Resolution Failures"),
    ],
  },
  {
    title: "Addresses and networks",
    entries: [
      yes(1918, "Address Allocation for Private Internets", "in the LAN list"),
      yes(3927, "Dynamic Configuration of IPv4 Link-Local Addresses", "in the LAN list"),
      yes(4193, "Unique Local IPv6 Unicast Addresses", "in the LAN list"),
      yes(4291, "IPv6 Addressing Architecture"),
      yes(4632, "Classless Inter-domain Routing (CIDR)"),
      yes(5952, "IPv6 Address Text Representation"),
      yes(6598, "Prefix for Shared Address Space", "in the LAN list"),
      partly(1928, "SOCKS Protocol Version 5", "without GSSAPI, which nobody offers"),
      yes(1929, "Username/Password Authentication for SOCKS V5"),
      partly(3056, "Connection of IPv6 Domains via IPv4 Clouds (6to4)", "read by the gateway's guard; not spoken"),
      yes(4007, "IPv6 Scoped Address Architecture", "addresses with a zone are nobody's targets"),
      partly(4380, "Teredo", "read by the gateway's guard; not spoken"),
      partly(5214, "ISATAP", "read by the gateway's guard; not spoken"),
      yes(6052, "IPv6 Addressing of IPv4/IPv6 Translators", "the address inside is judged as well"),
      yes(6890, "Special-Purpose IP Address Registries", "the gateway reaches none of them unless one is opened"),
      partly(9293, "Transmission Control Protocol", "the system's; tunnels pass half-closes on"),
      partly(
        8305,
        "Happy Eyeballs Version 2",
        "families take turns, attempts overlap; both are looked up before the first",
      ),
    ],
  },
  {
    title: "Web",
    entries: [
      yes(3986, "Uniform Resource Identifier (URI): Generic Syntax"),
      yes(4331, "Quota and Size Properties for WebDAV", "where a user has a limit"),
      yes(4648, "Base16, Base32 and Base64 Data Encodings"),
      no(4791, "Calendaring Extensions to WebDAV (CalDAV)", "not yet"),
      yes(
        4918,
        "HTTP Extensions for WebDAV",
        "classes 1, 2 and 3, for home-page folders; PROPFIND of whole trees is refused",
      ),
      yes(5861, "HTTP Cache-Control Extensions for Stale Content", "in the web proxy's cache"),
      yes(6068, "The mailto URI Scheme", "recipients, subject and text; other fields are left out"),
      no(6186, "SRV Records for Locating Email Services", "records are the administrator's; no page shows them yet"),
      yes(6265, "HTTP State Management Mechanism", "with the __Host- names of its successor"),
      yes(6266, "Content-Disposition in HTTP"),
      partly(6454, "The Web Origin Concept", "Origin is looked at where a page must not do something"),
      partly(6750, "OAuth 2.0: Bearer Token Usage", "tokens in the header; nobody else gives them out"),
      partly(6350, "vCard Format Specification", "what a contact has; cards are not yet read or written"),
      no(6352, "vCard Extensions to WebDAV (CardDAV)", "not yet"),
      yes(7578, "Returning Values from Forms: multipart/form-data"),
      partly(7493, "The I-JSON Message Format", "no name twice in an object; what is sent is plain JSON"),
      yes(7617, "The 'Basic' HTTP Authentication Scheme", "for network drives and proxies, in UTF-8"),
      yes(8187, "Character Encoding for HTTP Header Field Parameters"),
      yes(8259, "The JavaScript Object Notation (JSON) Data Interchange Format"),
      no(8620, "JSON Meta Application Protocol (JMAP)", "nobody asked for it yet"),
      yes(9110, "HTTP Semantics"),
      yes(9111, "HTTP Caching", "a shared cache in the web proxy; parts of a response are passed on and not stored"),
      yes(9112, "HTTP/1.1"),
      no(9113, "HTTP/2", "pages are few and small; HTTP/1.1 is enough"),
      yes(9211, "The Cache-Status HTTP Response Header Field"),
      yes(9457, "Problem Details for HTTP APIs"),
    ],
  },
  {
    title: "Judging mail that arrives",
    entries: [
      no(5228, "Sieve", "not yet"),
      partly(5230, "Sieve: Vacation", "what is not answered; there is no Sieve yet"),
      no(5804, "ManageSieve", "not yet"),
      no(6376, "DomainKeys Identified Mail (DKIM)", "not yet"),
      partly(7208, "Sender Policy Framework (SPF)", "its records can be read; mail is not judged by them yet"),
      no(7489, "DMARC", "not yet"),
      no(8617, "Authenticated Received Chain (ARC)", "not yet"),
    ],
  },
];
