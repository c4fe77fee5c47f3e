import { describe, expect, test } from "bun:test";
import { ChangeForm } from "../../views/admin/aliases.tsx";
import { Domains, DomainView } from "../../views/admin/domains.tsx";
import { Groups, GroupView } from "../../views/admin/groups.tsx";
import { Addresses } from "../../views/admin/mailboxes/addresses.tsx";
import { Autoresponder } from "../../views/admin/mailboxes/autoresponder.tsx";
import { Forwarding } from "../../views/admin/mailboxes/forwarding.tsx";
import { General } from "../../views/admin/mailboxes/general.tsx";
import { Expiry, Quota } from "../../views/admin/mailboxes/limits.tsx";
import { Mailboxes, NewMailbox } from "../../views/admin/mailboxes/list.tsx";
import { MailboxFragment } from "../../views/admin/mailboxes/page.tsx";
import { Sharing } from "../../views/admin/mailboxes/sharing.tsx";

const HOSTILE = `"><script>alert(1)</script><img src=x onerror=alert(1)>' onfocus='x`;
const now = Date.UTC(2026, 10, 22, 14, 5);
const frame = {
  assets: { style: "/s.css", scripts: ["/h.js"], icon: "/i.svg", passkeys: "/p.js", fonts: [] },
  ...{ csrf: "token", now, login: "admin", webmail: true, whole: true, waiting: 0 },
};
const form = { csrf: "token", action: HOSTILE, errors: { "": HOSTILE, text: HOSTILE } };
const quota = {
  messages: HOSTILE,
  size: HOSTILE,
  unit: "GB",
  warnPercent: HOSTILE,
  warnDays: HOSTILE,
  whenFull: "defer",
};
const rule = { folder: HOSTILE, days: 1, action: HOSTILE };
const row = { folder: HOSTILE, days: HOSTILE, action: HOSTILE };
const limits = { messages: 1, octets: 1, warnPercent: 90 };
const domain = {
  ...{ name: HOSTILE, displayName: HOSTILE, description: HOSTILE, aliases: [HOSTILE], addresses: 1, first: true },
  ...{ unknownRecipients: "mailbox" as const, catchAll: { mailbox: 1, label: HOSTILE } },
};
const group = { name: HOSTILE, description: HOSTILE, members: 1, quota: limits, expiry: [rule] };
const line = {
  ...{ id: 1, label: HOSTILE, owner: HOSTILE, primary: false, description: HOSTILE, addresses: [HOSTILE] },
  ...{ group: HOSTILE, forwards: true, answers: true, messages: 1, size: 1, fill: 0.5 },
};

const pages: Record<string, () => unknown> = {
  mailboxes: () =>
    Mailboxes({
      frame,
      page: {
        ...{ search: HOSTILE, page: 1, pages: 2, total: 60, sort: "owner", down: false, group: HOSTILE },
        mailboxes: [line],
      },
    }),
  "new mailbox": () =>
    NewMailbox({ frame, page: { groups: [HOSTILE], fields: { owner: HOSTILE }, errors: { owner: HOSTILE } } }),
  head: () =>
    MailboxFragment({
      head: {
        ...line,
        tabs: [{ name: "general", label: "General", href: "/", current: true }],
      },
    }),
  general: () =>
    General({
      tab: {
        ...{ id: 1, description: HOSTILE, owner: HOSTILE, primary: false, login: HOSTILE, hasPassword: true },
        ...{ group: HOSTILE, groups: [HOSTILE], messages: 1, size: 1, form, passwordForm: form },
        folders: [{ name: HOSTILE, messages: 1, unseen: 1, size: 1 }],
      },
    }),
  addresses: () =>
    Addresses({
      now,
      tab: {
        ...{ id: 1, temporary: HOSTILE, form: { ...form, typed: { address: HOSTILE, note: HOSTILE } } },
        addresses: [
          { address: HOSTILE, mailbox: 1, primary: true, wildcard: true, ended: true, expiresAt: null, note: HOSTILE },
        ],
      },
    }),
  forwarding: () =>
    Forwarding({
      tab: {
        ...{
          label: HOSTILE,
          enabled: true,
          addresses: [HOSTILE],
          keepCopy: true,
          sender: HOSTILE,
          own: [HOSTILE],
          form,
        },
      },
    }),
  autoresponder: () =>
    Autoresponder({
      tab: {
        ...{ id: 1, from: HOSTILE, enabled: true, subject: HOSTILE, text: HOSTILE, startsOn: HOSTILE, endsOn: HOSTILE },
        ...{ today: "2026-11-22", periodDays: HOSTILE, doNotRespond: [HOSTILE], form },
      },
    }),
  expiry: () =>
    Expiry({
      tab: { group: HOSTILE, whole: true, rows: [row], inherited: [rule], folders: [HOSTILE], form },
    }),
  quota: () =>
    Quota({
      tab: { group: HOSTILE, whole: true, quota, effective: limits, messages: 1, size: 1, fill: 1, own: false, form },
    }),
  sharing: () =>
    Sharing({
      tab: {
        ...{ id: 1, owner: HOSTILE, login: HOSTILE, preset: "own", rights: HOSTILE, form },
        letters: [{ letter: "l", words: HOSTILE }],
        shares: [{ login: HOSTILE, fullName: HOSTILE, rights: HOSTILE, words: "" }],
        folderSharing: {
          ...{ at: "/admin/mailboxes/1/sharing", csrf: "token", folders: [HOSTILE], ownReadMarks: true },
          shares: [{ folder: HOSTILE, name: HOSTILE, words: HOSTILE }],
          choices: [{ value: HOSTILE, label: HOSTILE }],
          ...{ folder: HOSTILE, who: HOSTILE, may: HOSTILE, problem: HOSTILE },
        },
      },
    }),
  "changed alias": () =>
    ChangeForm({
      csrf: "token",
      page: {
        address: HOSTILE,
        mailbox: 1,
        label: HOSTILE,
        note: HOSTILE,
        expiresOn: HOSTILE,
        back: HOSTILE,
        errors: {},
      },
    }),
  domains: () => Domains({ frame, page: { domains: [domain], fields: { name: HOSTILE }, errors: { name: HOSTILE } } }),
  domain: () =>
    DomainView({
      frame,
      page: { ...domain, passwordChange: true, fields: { aliases: HOSTILE }, errors: { "": HOSTILE } },
    }),
  groups: () => Groups({ frame, page: { groups: [group], fields: { name: HOSTILE }, errors: { name: HOSTILE } } }),
  group: () => GroupView({ frame, page: { ...group, fields: quota, rows: [row], form } }),
};

describe("hostile text in the pages of mailboxes, addresses, domains and groups", () => {
  for (const [name, make] of Object.entries(pages)) {
    test(`is only text: ${name}`, async () => {
      const html = String(await make());
      expect(html).toContain("&lt;script&gt;alert(1)");
      expect(html).not.toContain("<script>alert");
      expect(html).not.toContain("<img src=x");
      expect(html).not.toMatch(/<[^>"]*(?:"[^"]*"[^>"]*)*\sonfocus=/);
    });
  }
});
