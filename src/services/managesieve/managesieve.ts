/**
 * ManageSieve: people and their programs look after the Sieve scripts of their primary mailbox (port 4190). Read by the appliance when
 * the first connection comes.
 *
 * RFC 5804, all of it, with UNAUTHENTICATE; not REFERRAL, since there is one server, and not LANGUAGE, since there is one.
 */
export { type ManageSieveDeps, managesieveSession } from "./session.ts";
