import { spawn } from 'node:child_process';

/** One end of a real pseudo-terminal: what is written here arrives at whoever opens `path`. */
export interface Pty {
  /** The device file that the other side opens, e.g. `/dev/pts/3`. */
  readonly path: string;
  write(text: string): void;
  onData(listener: (text: string) => void): void;
  /** The device file goes, as when a USB stick is pulled out. */
  stop(): Promise<void>;
}

/**
 * Opens a pseudo-terminal through `script` of util-linux, which Debian always has: Node itself cannot. The shell in
 * it keeps the line open (a terminal whose last user leaves is gone) and switches off all that a terminal does to bytes.
 */
export async function openPty(): Promise<Pty> {
  // Ends by itself when this process is killed: nothing else would tell it.
  const hold = `stty raw -echo; tty; while kill -0 ${process.pid} 2>/dev/null; do sleep 2; done`;
  const child = spawn('script', ['-qfc', hold, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  child.stdin.on('error', () => {
    // The terminal is gone; `stop` or the end of the child says so.
  });
  child.stdout.setEncoding('latin1');
  let listener: (text: string) => void = () => {};
  const path = await new Promise<string>((resolve, reject) => {
    let head = '';
    let ready = false;
    child.once('error', (cause) =>
      reject(new Error('Cannot open a pseudo-terminal: `script` is missing', { cause })),
    );
    child.once('close', () => reject(new Error('Cannot open a pseudo-terminal')));
    child.stdout.on('data', (text: string) => {
      if (ready) return listener(text);
      head += text;
      // Names are used again: who still tries the name of a line that is gone may open this one and write
      // before the shell has said its name. What stands before the name belongs to nobody.
      const name = /(\/dev\/[\w/]+)\r?\n/.exec(head);
      if (!name?.[1]) return;
      const end = name.index + name[0].length;
      ready = true;
      resolve(name[1]);
      if (head.length > end) listener(head.slice(end));
    });
  });
  const stop = async () => {
    // Killed, not asked: its end hangs up the terminal, and the shell in it goes at once.
    child.kill('SIGKILL');
    await ended;
  };
  return {
    path,
    write: (text) => {
      child.stdin.write(text, 'latin1');
    },
    onData: (next) => {
      listener = next;
    },
    stop,
  };
}
