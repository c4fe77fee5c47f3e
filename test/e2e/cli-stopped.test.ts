/** Every command of the executable, with the server stopped. */
import { walkCommands } from "./cli-walk.ts";

walkCommands("stopped");
