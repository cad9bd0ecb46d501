/** An express app that signs people in by `passport-openidconnect` as its guide has it, with a nonce. @module */

import { createServer } from 'node:http'
import express, { type NextFunction, type Request, type Response } from 'express'
import session from 'express-session'
import passport from 'passport'
import Strategy from 'passport-openidconnect'
import { listen, readSettings } from './settings.ts'

const { issuer, port, client_id, client_secret = '' } = await readSettings()

passport.use(
  'countersign',
  new Strategy(
    {
      issuer,
      authorizationURL: `${issuer}/authorize`,
      tokenURL: `${issuer}/token`,
      userInfoURL: `${issuer}/userinfo`,
      clientID: client_id,
      clientSecret: client_secret,
      callbackURL: `http://localhost:${port}/callback`,
      scope: 'profile email',
      nonce: 'true', // the library makes one of its own whatever stands here
    },
    (_issuer: string, profile: Strategy.Profile, done: Strategy.VerifyCallback) => done(null, profile),
  ),
)
passport.serializeUser((user, done) => done(null, user))
passport.deserializeUser((user: Express.User, done) => done(null, user))

const app = express()
app.use(session({ secret: 'only this process knows it', resave: false, saveUninitialized: false }))
app.use(passport.session())
app.get('/login', passport.authenticate('countersign'))
app.get('/callback', passport.authenticate('countersign', { failWithError: true }), (_request, response) => response.redirect('/me'))
app.get('/me', (request, response) => void response.json(request.user ?? null))
app.use((error: Error, _request: Request, response: Response, _next: NextFunction) => {
  response.status(403).send(`${error.name}: ${error.message}`)
})
listen(createServer(app), port)
