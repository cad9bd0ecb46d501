/** Text that people decide by. @module */

/** Characters that do not show and change how what stands beside them is read. */
export const unseen: RegExp = /[\p{Cc}\p{Cn}\p{Co}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u
