/** Every command of the executable, with the server running. */
import { walkCommands } from "./cli-walk.ts";

walkCommands("running");
