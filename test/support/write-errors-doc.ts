import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { errorsDoc } from './errors-doc.ts';

writeFileSync(resolve(import.meta.dirname, '../../docs/errors.md'), errorsDoc());
