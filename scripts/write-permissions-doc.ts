import { writeFileSync } from 'node:fs'
import { declaredPermissions, permissionsDocument } from '../test/docs/permissions-document.ts'

writeFileSync('docs/permissions.md', permissionsDocument(declaredPermissions()))
