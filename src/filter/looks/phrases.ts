/**
 * What junk says, whoever sends it: each subject it keeps to, by the words it cannot do without. Written down from knowledge of
 * what such mail is about, so that a server that has learnt nothing yet is not without judgement. English; other tongues are
 * learnt (words/). Pure.
 */
import type { Finding } from "../judgement.ts";
import type { Reading } from "../words/reading.ts";

/** One subject of junk. */
interface Subject {
  readonly result: string;
  readonly about: string;
  /** What it says; each pattern counts once. */
  readonly says: readonly RegExp[];
  /** Points for the first and for each further pattern that is found. */
  readonly first: number;
  readonly further: number;
  /** Patterns that are needed before anything counts. */
  readonly least?: number;
}

export const SUBJECTS: readonly Subject[] = [
  {
    ...{ result: "medicine", about: "medicines without a doctor", first: 1.5, further: 0.8 },
    says: [
      /\bv[i1!|]a?gr?ra\b|\bviagra|\bcialis|\blevitra|\bxanax|\bphentermine|\bvalium\b|\bvicodin/i,
      /\b(online|discount|canadian)\s+(pharmac|drug)|\bno prescription\b|\bprescription (is )?(not )?(needed|required)/i,
      /\b(weight[- ]loss|lose (up to )?\d+ (pounds|lbs)|lose weight|fat[- ]burn|burn fat|diet pill)/i,
      /\b(human growth hormone|\bhgh\b|anti-?aging|reverse (the )?aging|wrinkle reduction)/i,
      /\b(penis|breast|bust)\b.{0,30}\b(enlarge|larger|bigger|inch|growth)|\benlarge your\b|\b(male|sexual) (enhancement|performance|potency)/i,
      /\bherbal (remed|alternative|supplement|viagra|formula)/i,
    ],
  },
  {
    ...{ result: "advance-fee", about: "a share of much money for a little help", first: 0.6, further: 1, least: 2 },
    says: [
      /\b(next of kin|late (husband|father|president|general|client)|deceased)\b/i,
      /\b(million|thousand)\b.{0,20}\b(us|united states|american)?\s*(dollars|pounds|euros|usd)|\b(us\$|usd|\$)\s?\d+(\.\d+)?\s*(m\b|million)/i,
      /\b(nigeria|lagos|abidjan|ivory coast|sierra leone|burkina faso|cotonou|togo|kinshasa|johannesburg)\b/i,
      /\b(barrister|solicitor|attorney|diplomat|security company|bank of africa)\b/i,
      /\b(strictly|utmost|absolute) (confiden|secre)|\bconfidential(ity)? (business|transaction|proposal)|\btreat (this )?(as|with) (confiden|secre|utmost)/i,
      /\b(transfer|remit|move) (of )?(this|the|these) (fund|money|sum|amount)|\bforeign (partner|account|beneficiary)/i,
      /\b(urgent|business|mutual) (business )?(proposal|assistance|relationship|proposition)/i,
      /\b(god bless|dear (friend|beloved|sir\/madam|sir or madam)|my name is (mr|mrs|dr|barrister))/i,
    ],
  },
  {
    ...{ result: "winnings", about: "something won or given away", first: 1, further: 0.8 },
    says: [
      /\byou(('| ha)?ve| are| were)? (been )?(won|selected|chosen) (a|an|the|to receive|as)\b|\b(lucky )?winner(s)? (of|in) (the|our)/i,
      /\b(lottery|sweepstake|jackpot|casino|free (cash|vacation|gift|trial|sample|membership|quote|access))\b/i,
      /\bclaim your (prize|free|reward|winnings|gift)|\bgift card (worth|valued)/i,
      /\b(risk[- ]free|100% (free|guaranteed|satisf|legal)|absolutely free|completely free|totally free|free of charge)\b/i,
    ],
  },
  {
    ...{ result: "earnings", about: "easy money", first: 1, further: 1 },
    says: [
      /\b(work (from|at) home|home[- ]based business|be your own boss|financial (freedom|independence)|quit your (day )?job)\b/i,
      /\b(make|earn|earning|making|earned) (up to |over |an extra |as much as |at least )?\$?\s?\$\s?[\d,]{3,}|\bmake money (fast|online|now|from)/i,
      /\b(multi[- ]?level|network marketing|pyramid|down-?line|mlm\b|residual income|extra income|income opportunity|unlimited income)/i,
      /\b(business|money|income|investment)[- ]?(making)? opportunit(y|ies)|\bget rich|\bcash (machine|flow) /i,
      /\b(per|a|every) (week|day|month) (from|working|guaranteed|automatically)|\$\d[\d,]*(\.\d\d)? (a|per|every) (day|week|month|hour)/i,
      /\b(chain letter|report #?\d|send \$\d+ (cash|to each)|five dollars)/i,
    ],
  },
  {
    ...{ result: "credit", about: "loans and debts", first: 1, further: 0.9 },
    says: [
      /\b(mortgage|refinanc\w+|home (equity|loan)s?|lowest (interest )?rates?|interest rates? (are|as low))\b/i,
      /\b(bad|poor|no|damaged|repair|fix|clean|your) credit\b|\bcredit (report|repair|rating|problem|card debt|check)/i,
      /\b(consolidat\w+ (your )?(debt|bills)|eliminate (your )?debt|debt[- ]free|out of debt|unsecured)/i,
      /\b(life insurance|term life|auto insurance|insurance quote|extended warrant)/i,
      /\b(pre-?approved|you (have been|are) approved|no (obligation|cost to you)|free quote|apply now|merchant account)/i,
    ],
  },
  {
    ...{ result: "shares", about: "shares that are about to rise", first: 0.8, further: 1, least: 2 },
    says: [
      /\b(strong buy|hot stock|stock (alert|pick|market watch)|penny stock|investor alert)\b/i,
      /\b(otc ?bb|nasdaq|symbol)\s?:\s?[a-z]{3,5}\b/i,
      /\b(forward[- ]looking statements|section 27a|securities (exchange )?act)\b/i,
      /\b(target price|trading at|explode|(undervalued|breakout) )/i,
    ],
  },
  {
    ...{ result: "adult", about: "sex", first: 1.5, further: 1 },
    says: [
      /\b(xxx|porn\w*|hardcore|nude|naked|horny|teens?\s+(sluts?|girls?|sex)|live (sex|girls|cams?)|web ?cams? girl)/i,
      /\b(adults? only|must be (at least )?(18|21)|over 18|18 years|18\+)/i,
      /\b(hot|wild|sexy|naughty|lonely|young|barely legal)\s+(singles|girls?|women|babes|housewives|teens?|wives|russian)/i,
      /\b(cum|blow ?jobs?|fucking|pussy|cock|orgasms?|erotic)\b/i,
    ],
  },
  {
    ...{ result: "account-scare", about: "an account that must be confirmed", first: 0.8, further: 1, least: 2 },
    says: [
      /\b(verify|confirm|update|validate|re-?activate) your (account|identity|information|password|billing|details|mailbox|payment)/i,
      /\b(account|mailbox|card|access|profile|service) (has been|will be|was|is) (temporarily )?(suspended|limited|locked|disabled|restricted|closed|deactivated|terminated)/i,
      /\b(unusual|suspicious|unauthori[sz]ed) (activity|sign-?in|log-?in|access|transaction)/i,
      /\b(within|in the next) (24|48|72) hours\b|\bimmediate(ly)? (action|attention)|\bfailure to (comply|confirm|verify|do so)/i,
      /\bdear (valued )?(customer|user|member|client|account (holder|owner)|e?-?mail (user|owner))/i,
      /\bclick (here|the link|below|on the link)\b.{0,60}\b(verify|confirm|restore|unlock|update|keep|log ?in)/i,
    ],
  },
  {
    ...{ result: "extortion", about: "a threat to publish what nobody filmed", first: 1, further: 1.5, least: 2 },
    says: [
      /\b(bitcoin|btc|usdt|ethereum|monero)\b/i,
      /\b(your (web)?cam(era)?|recorded you|video of you|masturbat|adult (web)?sites?|your (dirty|little) secret)/i,
      /\b(i (have )?(hacked|infected|gained access)|your (device|operating system|password|computer) (was|is|has been|with)|malware|trojan|rat software)/i,
      /\b(send|all) (the )?(video|recording|footage) to (all )?your (contacts|friends|family)|\bafter (payment|receiving)/i,
    ],
  },
  {
    ...{ result: "goods", about: "goods at prices that nobody can have", first: 1, further: 0.8 },
    says: [
      /\b(replica|rolex|luxury watch|designer (bag|watch)|louis vuitton|knock-?off)/i,
      /\b(oem|cheap(est)?|discount(ed)?) (software|windows|adobe|microsoft|toner|ink|cigarettes)|\b(printer|inkjet|toner) cartridges?\b/i,
      /\b(cable|satellite) (tv )?(descrambler|filter|box)|\bcopy (any )?dvd|\bdvd (copy|burn)/i,
      /\b(university|college) (diploma|degree)|\bdiplomas? (from|without)|\bno (tests|classes|books)\b.{0,40}\b(interview|required)/i,
      /\b(millions? of|targeted|fresh|opt-?in) (e-?mail )?(addresses|leads|e-?mails)\b|\bbulk e-?mail|\bemail marketing (cd|service|list)/i,
      /\b(spy (cam|on)|find out anything|detective software|background check|investigate anyone)/i,
    ],
  },
  {
    ...{ result: "pressure", about: "hurry", first: 0.5, further: 0.5 },
    says: [
      /\b(act (now|today|immediately|fast)|limited (time|offer)|offer (expires|ends|good)|don'?t (miss|delay|wait)|order (now|today)|call (now|today|toll[- ]free)|while supplies last|hurry)\b/i,
      /\b(once in a lifetime|too good to be true|what are you waiting for|amazing|incredible|unbelievable)\b.{0,40}\b(offer|deal|opportunity|price|results|product)?/i,
      /\b(money[- ]back guarantee|no questions asked|satisfaction guaranteed|no obligation|no strings|guaranteed(!| results| to))/i,
      /\b1-?8(00|66|77|88)-?\d{3}-?\d{4}|\btoll[- ]free\b/i,
    ],
  },
  {
    ...{ result: "removal", about: "how one came onto its list and gets off it", first: 1.2, further: 1 },
    says: [
      /\b(to be|if you (wish|want|would like|prefer) to be|please) (removed|remove me|taken off)|\b(removal|remove) (instructions|requests?|link|me|from (our|future|this))/i,
      /\bthis (is not|e?-?mail is not|message is not|isn'?t) (spam|unsolicited)|\bnot (be )?considered spam|\bwe do not (send|condone|tolerate) (spam|unsolicited)/i,
      /\b(you (are|have been) receiving this (e-?mail |message |special )*(because|as|since)|received this (e-?mail|message|mailing) (in error|because)|you (opted|signed|requested).{0,20}(in|up|to receive))/i,
      /\b(bill s\.? ?1618|title (iii|3)|section 301|105th (us |u\.s\. )?congress|can-?spam act)/i,
      /\b(one[- ]time (mailing|offer|e-?mail)|never (be )?(contacted|e-?mailed) again|subject (line|of|to|:)?.{0,12}\bremove\b|word .{0,3}remove)/i,
    ],
  },
];

/** Characters in which a subject of junk is looked for; it comes to the point. */
const LONGEST = 12_288;
/** One subject alone condemns nobody. */
const MOST_POINTS = 4.5;

/** What a message says of the subjects of junk. */
export function phrasesIn({ subject, text }: Reading): Finding[] {
  const plain = `${subject} ${text.slice(0, LONGEST)}`.replace(/\s+/g, " ");
  return SUBJECTS.flatMap(({ result, about, says, first, further, least = 1 }) => {
    const count = says.reduce((sum, pattern) => sum + (pattern.test(plain) ? 1 : 0), 0);
    if (count < least) return [];
    const points = Math.min(MOST_POINTS, first + (count - 1) * further);
    return [{ test: "contents", result, points, sentence: `It is about ${about}.` }];
  });
}
