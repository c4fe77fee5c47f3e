import { describe, expect, test } from "bun:test";
import { defaultPermissions, isPermission, PERMISSIONS } from "../../src/directory/permissions.ts";

describe("the permissions", () => {
  test("are the specified ones, in order, with relaying alone on by default", () => {
    expect(PERMISSIONS.map(({ group, label, default: on }) => `${group}: ${label}${on ? " (on)" : ""}`)).toEqual([
      "User: Configure Mailbox Autoresponder",
      "FTP: Allow Login",
      "FTP: Login to Homepage directory",
      "FTP: Upload / Modify",
      "FTP: Use the FTP Proxy",
      "HTTP: Allow Scripts in Homepages",
      "HTTP: Use the Web Proxy",
      "SMTP: Relay Mail beyond this server (on)",
      "Web admin: Change Mailbox Auto-Expiry",
      "Web admin: Change Mailbox Password",
      "Web admin: Change Mailbox Description",
      "Web admin: Configure Mail Forwarding",
      "Web admin: Configure Mailbox Autoresponder",
      "Web admin: Collect Mail from Elsewhere",
      "Web admin: System Administration Privileges",
    ]);
    expect(defaultPermissions()).toEqual(["smtp.relay"]);
  });

  test("have names of their own and a sentence of help each", () => {
    expect(new Set(PERMISSIONS.map(({ name }) => name)).size).toBe(PERMISSIONS.length);
    for (const { name, help } of PERMISSIONS) {
      expect(isPermission(name)).toBe(true);
      expect(help).toMatch(/^[A-Z].*\.$/);
    }
    expect(isPermission("constructor")).toBe(false);
  });
});
