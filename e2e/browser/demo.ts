import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The demo as a newcomer starts it. */
export class Demo {
  private constructor(
    readonly folder: string,
    private readonly child: ReturnType<typeof spawn>,
    readonly link: string,
    private readonly output: () => string,
  ) {}

  static async start(): Promise<Demo> {
    const binary = process.env.CARILLON_BINARY;
    if (!binary) throw new Error('CARILLON_BINARY does not name the program: run these tests by go test ./e2e/browser');
    const folder = await mkdtemp(join(tmpdir(), 'carillon-browser-'));
    const child = spawn(binary, ['demo', '--listen', '127.0.0.1:0'], { cwd: folder, env: { PATH: process.env.PATH, TMPDIR: folder }, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const link = await new Promise<string>((resolve, reject) => {
      const read = (text: Buffer) => {
        output += String(text);
        const found = output.match(/http:\S+#token=\S+(?=\s)/);
        if (found) resolve(found[0]);
      };
      child.stdout.on('data', read);
      child.stderr.on('data', read);
      child.once('exit', (code) => reject(new Error(`the demo ended with ${code}: ${output}`)));
    });
    return new Demo(folder, child, link, () => output);
  }

  get url() {
    return new URL(this.link).origin;
  }

  /** Ctrl-C; what it said at its end, and what it left behind. */
  async interrupt(): Promise<{ code: number | null; output: string; left: string[] }> {
    if (this.child.exitCode === null) {
      const ended = once(this.child, 'close');
      this.child.kill('SIGINT');
      await ended;
    }
    return { code: this.child.exitCode, output: this.output(), left: await readdir(this.folder) };
  }

  async remove() {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const ended = once(this.child, 'exit');
      this.child.kill('SIGKILL');
      await ended;
    }
    await rm(this.folder, { recursive: true, force: true });
  }
}
