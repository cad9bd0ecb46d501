/** Text that people decide by. @module */

/**
 * Characters that do not show, or change how what stands beside them is read: marks of direction, spaces and joiners of no
 * width, what Unicode lets a page leave out, and the blank of Braille. Text that is told apart by them alone looks the same.
 */
export const unseen: RegExp = /[\p{Cc}\p{Cf}\p{Cn}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u

/** What Persian, Indic scripts and emoji are written with. In a name, which an operator registers, they stand; in what a client sends they do not. */
export const joiners: RegExp = /\u200c|\u200d|\ufe0f/gu
