import { writeFileSync } from 'node:fs'
import { artifactsDocument } from '../test/docs/artifacts-document.ts'

writeFileSync('docs/artifacts.md', await artifactsDocument())
