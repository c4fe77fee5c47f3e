/**
 * Why mail waits or was refused, in plain words, and what to do about it: what other servers say, sorted into the few things that they
 * mean. Pure. The reply itself stands beside it; this only helps to read it. RFC 3463 and RFC 5321 §4.2.1 for codes, the rest is what
 * servers really say.
 */

/** What is behind a reply or failure. */
export interface Reason {
  /** One short sentence. */
  readonly what: string;
  /** What to do next, or that there is nothing to do. */
  readonly next: string;
}

interface Rule extends Reason {
  readonly pattern: RegExp;
}

/** The first that fits counts: the particular before the general. */
const RULES: readonly Rule[] = [
  {
    pattern: /grey-?list|gray-?list|4\.7\.1 .*(?:try again|come back|retry)|postgrey|4\.2\.0 .*(?:later|minutes)/i,
    what: "The server asks strangers to come back later (greylisting).",
    next: "Nothing to do: the next try comes by itself, and most servers take it then.",
  },
  {
    pattern:
      /spamhaus|spamcop|barracuda|sorbs|uceprotect|abuseat|dnsbl|\brbl\b|block ?list|black ?list|block list|listed (?:in|at|by|on)|5\.7\.511|S3140|S3150/i,
    what: "This server's address is on a list of senders of junk.",
    next: "Open the address named in the reply and ask to be taken off the list; then try again. Until then send through a smart host.",
  },
  {
    pattern: /5\.7\.25|\bPTR\b|reverse (?:dns|lookup|name|host)|rdns|cannot find your (?:reverse )?hostname/i,
    what: "The server wants this server's address to have a name (reverse DNS).",
    next: "Ask whoever gave you the address to set its reverse name to this server's name; see the page of DNS records.",
  },
  {
    pattern: /5\.7\.26|4\.7\.26|unauthenticated|\bDMARC\b|\bSPF\b|\bDKIM\b|authenticat(?:ed|ion) (?:checks?|results?)/i,
    what: "The server does not believe that the message comes from its sender's domain.",
    next: "Check the SPF, DKIM and DMARC records on the domain's page of DNS records.",
  },
  {
    pattern: /TLSA|DANE|MTA-STS|certificate|policy of .* wants/i,
    what: "The server could not show that it is the right one (certificate).",
    next: "It is for the other side to mend its certificate or records. If you know the server, send this mail another way.",
  },
  {
    pattern: /STARTTLS|\bTLS\b|encrypt|handshake/i,
    what: "No encrypted connection came about.",
    next: "It is tried again by itself. If it lasts, the other side has to mend its encryption.",
  },
  {
    pattern: /refused the login|the login at|authentication (?:failed|required)|5\.7\.8|\b535\b|log in first/i,
    what: "The server wants a login, or did not take the one it got.",
    next: "Check name and password of the smart host in the settings, then try again.",
  },
  {
    pattern: /takes no mail|null MX|5\.1\.10|5\.7\.27/i,
    what: "That domain takes no mail at all.",
    next: "Check how the address is written.",
  },
  {
    pattern:
      /mailbox (?:is )?full|over ?quota|quota exceeded|[45]\.2\.2\b|insufficient (?:system )?storage|[45]\.3\.1\b/i,
    what: "The recipient's mailbox is full.",
    next: "Nothing to do here: it is tried again, or its owner has to make room.",
  },
  {
    pattern:
      /[45]\.1\.1\b|[45]\.1\.6\b|user unknown|no such (?:user|mailbox|recipient)|unknown (?:user|recipient|local)|does ?n.t exist|mailbox (?:unavailable|not found)|recipient (?:unknown|not found)/i,
    what: "There is no such recipient.",
    next: "Check how the address is written. The sender is told by itself.",
  },
  {
    pattern: /too (?:large|big)|[45]\.3\.4\b|[45]\.2\.3\b|message size|size limit|exceeds.*(?:size|maximum)/i,
    what: "The message is too large for that server.",
    next: "Send it smaller, or share large files in another way.",
  },
  {
    pattern:
      /4\.7\.28|4\.7\.650|too (?:many|much)|rate ?limit|rate that|unusual rate|throttl|4\.4\.5|4\.7\.0 .*temporarily|deferred due to/i,
    what: "The server takes only so much mail from here at a time.",
    next: "Nothing to do: it goes on by itself, more slowly. A new server earns trust within weeks.",
  },
  {
    pattern: /\bspam\b|junk|content rejected|5\.7\.1 .*(?:content|policy|message)|5\.6\.0|virus|malware/i,
    what: "The server took the message for junk, or refuses what it says.",
    next: "Look at what the message holds. If it is wanted mail, write to the postmaster of that server.",
  },
  {
    pattern: /relay(?:ing)? (?:access )?(?:denied|not permitted)|not permitted to relay|unable to relay/i,
    what: "The server does not pass on mail for this one.",
    next: "Check that the smart host, or the domain's MX record, names the right server, and whether it wants a login.",
  },
  {
    pattern:
      /name server|DNS|has no address|no such domain|does not exist|could not be looked up|SERVFAIL|NXDOMAIN|[45]\.4\.[34]\b|[45]\.1\.2\b/i,
    what: "The domain's servers could not be found.",
    next: "Check how the domain is written, and the name servers in the settings. It is tried again by itself.",
  },
  {
    pattern: /timed? ?out|no answer|did not answer|unreachable|no route|ENETUNREACH|EHOSTUNREACH|ETIMEDOUT|in time/i,
    what: "The server does not answer.",
    next: "If this happens with every server, your provider closes port 25: ask to have it opened, or set a smart host. Otherwise wait.",
  },
  {
    pattern:
      /refused the connection|connection refused|ECONNREFUSED|could not be reached|cannot be reached|nobody listens/i,
    what: "Nobody takes mail at that server now.",
    next: "It is tried again by itself. If it happens with every server, port 25 is closed on the way out.",
  },
  {
    pattern: /closed the connection|connection (?:was )?(?:closed|lost|reset)|broke off|ECONNRESET|EPIPE/i,
    what: "The connection broke off.",
    next: "It is tried again by itself.",
  },
  {
    pattern: /disk|this server had a fault/i,
    what: "Something is wrong on this server.",
    next: "Look into the log.",
  },
];

/** By the reply's class, where nothing more is known (RFC 5321 §4.2.1). */
const LATER: Reason = {
  what: "The server does not take it now.",
  next: "It is tried again by itself until it is returned to its sender.",
};
const NEVER: Reason = {
  what: "The server refused it for good.",
  next: "What it said stands below. The sender is told by itself.",
};

/** What is behind a reply or failure, where it is one of those that are known. @param text as the queue keeps it */
export function knownReason(text: string): Reason | undefined {
  // The name of a server is none of what it says.
  const said = text.replace(/\S+ \[[^\]]*\]/g, "it");
  const found = RULES.find((rule) => rule.pattern.test(said));
  return found && { what: found.what, next: found.next };
}

/** What is behind the last reply or failure of a recipient; undefined where nothing was heard yet. */
export function reasonOf(text: string | null | undefined): Reason | undefined {
  if (text === null || text === undefined || text === "") return undefined;
  return knownReason(text) ?? (/(?:^|: )5\d\d\b/.test(text) ? NEVER : LATER);
}
