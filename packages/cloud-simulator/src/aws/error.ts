/** An error that AWS answers with; `code` is its `__type`. */
export class AwsError extends Error {
  readonly code: string
  readonly status: number
  /** What the error says beside its message. */
  readonly details: Readonly<Record<string, string>>

  constructor(code: string, message: string, status = 400, details: Readonly<Record<string, string>> = {}) {
    super(message)
    this.code = code
    this.status = status
    this.details = details
  }
}
