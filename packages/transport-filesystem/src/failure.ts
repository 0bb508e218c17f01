import { ExtractionError } from '@cae/core'

const ADVICE: Readonly<Record<string, string>> = {
  EACCES: 'let the user that the worker runs as write there',
  EPERM: 'let the user that the worker runs as write there',
  EROFS: 'the file system is mounted read-only: mount it writable, or choose another base_dir',
  ENOSPC: 'the disk is full: free space, or choose another base_dir',
  EDQUOT: 'the quota of the user is used up: raise it, or choose another base_dir',
  ENOTDIR: 'a file is where a folder should be: remove it, or choose another base_dir',
  EEXIST: 'a file is where a folder should be: remove it, or choose another base_dir',
  EISDIR: 'a folder is where a file should be: remove it, or choose another base_dir',
  ENAMETOOLONG: 'the path is too long: choose a shorter base_dir',
  EMFILE: 'too many files are open: raise the limit (ulimit -n)',
  ENFILE: 'too many files are open: raise the limit of the machine',
  ENOENT: 'the folder vanished while it was written to: leave it alone until the run ends',
  EIO: 'the disk failed: look at the log of the machine',
}

/** Whether the path, or a folder on the way to it, is no longer there. */
export function isGone(error: unknown): boolean {
  return isSystemError(error) && error.code === 'ENOENT'
}

export function toDeliveryError(error: unknown, base_dir: string): ExtractionError {
  if (error instanceof ExtractionError) return error
  if (!isSystemError(error)) {
    return new ExtractionError('DELIVERY_FAILED', `cannot write to ${base_dir}: ${String(error)}`, { cause: error })
  }
  const path = error.dest ?? error.path ?? base_dir
  const advice = isUnmakeable(error) ? UNMAKEABLE : (ADVICE[error.code] ?? error.message)
  return new ExtractionError('DELIVERY_FAILED', `cannot write ${path} (${error.code}): ${advice}`, {
    cause: error,
    nativeCode: error.code,
  })
}

const UNMAKEABLE = 'no folder can be made there: choose another base_dir'

/** Those above it are made first, so it is not for want of them: such file systems as /proc have no room for folders. */
function isUnmakeable({ code, syscall }: SystemError): boolean {
  return code === 'ENOENT' && syscall === 'mkdir'
}

type SystemError = Error & { code: string; syscall?: string; path?: string; dest?: string }

function isSystemError(error: unknown): error is SystemError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
}
