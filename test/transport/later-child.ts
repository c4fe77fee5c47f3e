/** A server to be killed: lets go what waits in a folder, and says so letter by letter. Argument: the folder. */
import { lettersChanged } from "../../src/transport/later/later.ts";
import { World } from "./world.ts";

const world = await World.open({ folder: process.argv[2] ?? "" });
world.clock = Date.now();
world.store.changes.on(lettersChanged, () => process.stdout.write("gone\n"));
process.stdout.write("ready\n");
world.transport.wake();
