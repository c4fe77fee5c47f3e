/** Debian's Postfix and Dovecot with their defaults, in a folder of their own, on loopback ports of their own. Needs root. */
import { chmodSync, chownSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Account, accountOf } from "../src/appliance/privileges.ts";
import { succeed, temporaryFolder, until } from "../test/harness.ts";
import { ImapClient } from "./imap-client.ts";
import { LOGIN, PASSWORD, proportionalMemory, type Server } from "./server.ts";

const SMTP = 42_025;
const IMAP = 42_143;

function postfixConfiguration(folder: string, milter: string | undefined): void {
  writeFileSync(
    join(folder, "postfix", "main.cf"),
    [
      "compatibility_level = 3.6",
      `queue_directory = ${folder}/queue`,
      `data_directory = ${folder}/state`,
      "myhostname = peer.test",
      "mydestination =",
      "mynetworks = 127.0.0.0/8",
      "inet_interfaces = 127.0.0.1",
      "virtual_mailbox_domains = example.test",
      "virtual_mailbox_maps = static:ok",
      `virtual_transport = lmtp:unix:${folder}/lmtp`,
      `maillog_file = ${folder}/maillog`,
      `maillog_file_prefixes = ${folder}`,
      "message_size_limit = 52428800",
      ...(milter === undefined ? [] : [`smtpd_milters = ${milter}`, "milter_default_action = tempfail"]),
      "",
    ].join("\n"),
  );
  const services = [
    `127.0.0.1:${SMTP} inet n - n - - smtpd`,
    "pickup unix n - n 60 1 pickup",
    "cleanup unix n - n - 0 cleanup",
    "qmgr unix n - n 300 1 qmgr",
    "tlsmgr unix - - n 1000? 1 tlsmgr",
    "rewrite unix - - n - - trivial-rewrite",
    "bounce unix - - n - 0 bounce",
    "defer unix - - n - 0 bounce",
    "trace unix - - n - 0 bounce",
    "verify unix - - n - 1 verify",
    "flush unix n - n 1000? 0 flush",
    "proxymap unix - - n - - proxymap",
    "smtp unix - - n - - smtp",
    "error unix - - n - - error",
    "retry unix - - n - - error",
    "discard unix - - n - - discard",
    "local unix - n n - - local",
    "virtual unix - n n - - virtual",
    "lmtp unix - - n - - lmtp",
    "anvil unix - - n - 1 anvil",
    "scache unix - - n - 1 scache",
    "postlog unix-dgram n - n - 1 postlogd",
  ];
  writeFileSync(join(folder, "postfix", "master.cf"), `${services.join("\n")}\n`);
}

function dovecotConfiguration(folder: string): void {
  writeFileSync(
    join(folder, "dovecot.conf"),
    `
protocols = imap lmtp
base_dir = ${folder}/run
state_dir = ${folder}/dovecot-state
log_path = ${folder}/dovecot.log
ssl = no
disable_plaintext_auth = no
mail_location = maildir:${folder}/mail/%n
first_valid_uid = 1
mail_max_userip_connections = 5000
passdb {
  driver = static
  args = password=${PASSWORD}
}
userdb {
  driver = static
  args = uid=mail gid=mail home=${folder}/mail/%n
}
auth_username_format = %n
service lmtp {
  unix_listener ${folder}/lmtp {
    mode = 0666
  }
}
service imap-login {
  process_min_avail = 1
  inet_listener imap {
    address = 127.0.0.1
    port = ${IMAP}
  }
  inet_listener imaps {
    port = 0
  }
}
service imap {
  process_limit = 4000
}
service imap-login {
  process_limit = 4000
}
`,
  );
}

/** Starts both; Postfix asks the milter about what comes, where one is given. */
export async function startPeers({ milter }: { readonly milter?: string } = {}): Promise<Server> {
  const folder = temporaryFolder("peers");
  chmodSync(folder, 0o755);
  const [mail, postfix] = [accountOf("mail"), accountOf("postfix")];
  if (mail === undefined || postfix === undefined) throw new Error("this system lacks the accounts mail and postfix");
  for (const name of ["postfix", "queue", "state", "mail", "run", "dovecot-state"]) mkdirSync(join(folder, name));
  chownSync(join(folder, "mail"), mail.uid, mail.gid);
  chownSync(join(folder, "state"), postfix.uid, postfix.gid);
  postfixConfiguration(folder, milter);
  dovecotConfiguration(folder);
  // Dovecot watches a folder for each session in IDLE; beyond the usual 128 it would look every 30 seconds only.
  writeFileSync("/proc/sys/fs/inotify/max_user_instances", "8192");
  // They stay behind with whatever output they were given: it must not be a pipe that is read to its end.
  await succeed(["sh", "-c", `dovecot -c ${folder}/dovecot.conf > ${folder}/started 2>&1`]);
  await succeed(["sh", "-c", `postfix -c ${folder}/postfix start >> ${folder}/started 2>&1`]);
  await until(async () => {
    const client = await ImapClient.connect(IMAP).catch(() => undefined);
    client?.close();
    return client !== undefined;
  }, "Dovecot");
  return {
    name: "Postfix + Dovecot",
    smtp: SMTP,
    imap: IMAP,
    login: LOGIN,
    memory: () => memoryOf(folder),
    fill: (messages) => fillMaildir(join(folder, "mail", LOGIN), messages, mail),
    settled: () => Promise.resolve(),
    stop: async () => {
      await succeed(["postfix", "-c", join(folder, "postfix"), "stop"]);
      await succeed(["doveadm", "-c", join(folder, "dovecot.conf"), "stop"]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Files of a Maildir, as Dovecot's own deliveries leave them; the first session that selects the folder indexes them. */
async function fillMaildir(home: string, messages: readonly Uint8Array[], owner: Account): Promise<void> {
  for (const name of ["", "cur", "new", "tmp"]) {
    mkdirSync(join(home, name), { recursive: true });
    chownSync(join(home, name), owner.uid, owner.gid);
  }
  const began = Math.floor(Date.now() / 1000) - messages.length;
  for (const [index, message] of messages.entries()) {
    const file = join(
      home,
      "cur",
      `${began + index}.M${index}P1.peer,S=${message.length}:2,${index % 2 === 0 ? "S" : ""}`,
    );
    writeFileSync(file, message);
    chownSync(file, owner.uid, owner.gid);
  }
}

/** Proportional memory of the processes of both and of their children, in octets. */
async function memoryOf(folder: string): Promise<number> {
  const rows = (await succeed(["ps", "-eo", "pid=,ppid=,args="])).split("\n").map((line) => {
    const [, pid = "", parent = "", args = ""] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return { pid, parent, args };
  });
  const master = (await Bun.file(join(folder, "queue", "pid", "master.pid")).text()).trim();
  const family = new Set(rows.filter(({ pid, args }) => pid === master || args.includes(folder)).map(({ pid }) => pid));
  for (let before = 0; before !== family.size; ) {
    before = family.size;
    for (const { pid, parent } of rows) if (family.has(parent)) family.add(pid);
  }
  const sizes = await Promise.all([...family].map((pid) => proportionalMemory(Number(pid))));
  return sizes.reduce((sum, size) => sum + size, 0);
}
