import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** A server of a test's own, ended by its process id. */
export class Server {
  #log = "";

  private constructor(private readonly child: ChildProcess) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (text) => {
        this.#log += text;
      });
    }
  }

  /** Starts a program and waits until an address answers. */
  static async start(
    program: string,
    args: string[],
    { env, ready }: { env: Record<string, string>; ready: string },
  ): Promise<Server> {
    const server = new Server(spawn(program, args, { env: { ...process.env, ...env } }));
    for (const end = Date.now() + 60_000; Date.now() < end && server.runs; ) {
      if (
        await fetch(ready).then(
          ({ ok }) => ok,
          () => false,
        )
      )
        return server;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await server.stop();
    throw new Error(`${program} ${args.join(" ")} does not answer at ${ready}\n${server.#log}`);
  }

  private get runs(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  async stop(): Promise<void> {
    if (!this.runs) return;
    const ended = once(this.child, "exit");
    this.child.kill("SIGTERM");
    const late = setTimeout(() => this.child.kill("SIGKILL"), 10_000);
    await ended;
    clearTimeout(late);
  }
}
