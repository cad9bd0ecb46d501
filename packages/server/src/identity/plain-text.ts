/** Text on one line that looks like what it is: no control characters, nothing unassigned, nothing that turns the direction of writing. @module */

export function isPlainText(text: string, mostUnits: number): boolean {
  return (
    text.length >= 1 &&
    text.length <= mostUnits &&
    text.isWellFormed() &&
    !/[\p{Cc}\p{Cn}\p{Co}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u.test(text)
  )
}
