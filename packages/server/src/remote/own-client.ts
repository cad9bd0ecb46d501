/** The client that our command line is. Every server registers it, decision 18. */
export const commandLineClientId = 'countersign-cli'

/** What a person allows when they sign in there. What they may is decided by policy, for each call. */
export const administrationScope = 'countersign:administration'
