/** Debian's Roundcube as its users have it: behind nginx and PHP-FPM with its opcode cache, over the peers' Dovecot and Postfix. Needs root. */
import { chmodSync, chownSync, copyFileSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { accountOf } from "../src/appliance/privileges.ts";
import { type Peer, start } from "./gateway/peers.ts";
import type { Server } from "./server.ts";

const ROOT = "/var/lib/roundcube/public_html";

/** Starts it for the mailboxes of a server. */
export const roundcube = async (mail: Server): Promise<Peer> => {
  const fpm = await start({
    name: "php-fpm",
    configure: (folder, port) => {
      const web = accountOf("www-data");
      if (web === undefined) throw new Error("this system lacks the account www-data");
      for (const name of ["config", "data", "temp", "log"]) mkdirSync(join(folder, name));
      for (const name of ["data", "temp", "log"]) chownSync(join(folder, name), web.uid, web.gid);
      for (const name of ["defaults.inc.php", "mimetypes.php"])
        copyFileSync(join("/etc/roundcube", name), join(folder, "config", name));
      writeFileSync(join(folder, "config", "config.inc.php"), configuration(folder, mail));
      for (const name of readdirSync(join(folder, "config"))) chmodSync(join(folder, "config", name), 0o644);
      chmodSync(join(folder, "config"), 0o755);
      writeFileSync(
        join(folder, "fpm.conf"),
        `[global]
error_log = ${folder}/log/fpm.log
daemonize = no
[www]
user = www-data
group = www-data
listen = 127.0.0.1:${port}
pm = static
pm.max_children = 4
clear_env = yes
env[ROUNDCUBE_CONFIG_DIR] = ${folder}/config
`,
      );
    },
    command: (folder) => [fpmProgram(), "-F", "-y", join(folder, "fpm.conf")],
  });
  const front = await start({
    name: "roundcube",
    configure: (folder, port) => {
      writeFileSync(
        join(folder, "nginx.conf"),
        `daemon off; user www-data; worker_processes auto; pid ${folder}/pid; error_log ${folder}/errors;
events { worker_connections 1000; }
http { access_log off; include /etc/nginx/mime.types; client_body_temp_path ${folder}/body; fastcgi_temp_path ${folder}/fastcgi;
  proxy_temp_path ${folder}/proxy; uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  server { listen 127.0.0.1:${port}; root ${ROOT}; index index.php;
    location / { try_files $uri $uri/ /index.php; }
    location ~ \\.php$ { include /etc/nginx/fastcgi_params; fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
      fastcgi_pass 127.0.0.1:${fpm.port}; fastcgi_read_timeout 300; } } }
`,
      );
    },
    command: (folder) => ["nginx", "-c", join(folder, "nginx.conf"), "-p", folder],
  });
  return {
    ...{ name: "Roundcube", port: front.port, pid: fpm.pid },
    stop: async () => {
      await front.stop();
      await fpm.stop();
    },
  };
};

function fpmProgram(): string {
  const name = readdirSync("/usr/sbin").find((one) => one.startsWith("php-fpm"));
  if (name === undefined) throw new Error("php-fpm is not installed");
  return join("/usr/sbin", name);
}

const configuration = (folder: string, mail: Server): string => `<?php
$config = [
  'db_dsnw' => 'sqlite:///${folder}/data/roundcube.db?mode=0640',
  'imap_host' => '127.0.0.1:${mail.imap}',
  'smtp_host' => '127.0.0.1:${mail.smtp}',
  'smtp_user' => '',
  'smtp_pass' => '',
  'mail_domain' => 'example.test',
  'des_key' => 'twenty-four-octets-here!',
  'log_dir' => '${folder}/log/',
  'temp_dir' => '${folder}/temp/',
  'skin' => 'elastic',
  'plugins' => [],
  'create_default_folders' => true,
  'enable_installer' => false,
];
`;
