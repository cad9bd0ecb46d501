/** How many connections a process opens. @module */

/** More writers at once than this only meet each other. A lane of the record belongs to each. */
export const mostWriting = 10

/** Together with the writers and the line to its peers, five servers fit in PostgreSQL's default of 100 connections. */
export const mostReading = 8

/** Those, and the line to its peers. */
export const connectionsAProcess: number = mostWriting + mostReading + 1
