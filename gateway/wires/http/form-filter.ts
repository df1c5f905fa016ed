import { type BodyFilter, maxFieldBytes } from './filter.ts';
import { createKeeper } from './keeper.ts';

const ampersand = 0x26;
const equals = 0x3d;

/** Of a form the values longer than `maxFieldBytes` are emptied: pictures in base64. */
export function createFormFilter(maxBytes: number): BodyFilter {
  const keeper = createKeeper(maxBytes);
  const field = createKeeper(maxFieldBytes);
  let fieldBytes = 0;
  let inValue = false;
  const gather = (bytes: Buffer) => {
    fieldBytes += bytes.length;
    if (fieldBytes > maxFieldBytes) field.clear();
    else field.keep(bytes);
  };
  const close = () => {
    keeper.keep(field.bytes());
    field.clear();
    fieldBytes = 0;
  };
  return {
    held: () => keeper.held() + field.held(),
    push(chunk) {
      let at = 0;
      while (at < chunk.length) {
        // Base64 ends in `=`, which stands for nothing once the value has begun.
        const end = chunk.indexOf(inValue ? ampersand : equals, at);
        gather(chunk.subarray(at, end < 0 ? chunk.length : end));
        if (end < 0) return;
        close();
        keeper.keep(chunk.subarray(end, end + 1));
        inValue = !inValue;
        at = end + 1;
      }
    },
    body() {
      close();
      return keeper.bytes();
    },
  };
}
