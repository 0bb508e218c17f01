import { writeFileSync } from 'node:fs'
import { errorsDocument } from '../test/docs/errors-document.ts'

writeFileSync('docs/errors.md', errorsDocument())
