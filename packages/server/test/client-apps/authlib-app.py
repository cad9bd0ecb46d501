"""An app of Debian's python3-authlib: a client with code and PKCE, and a resource server that has our keys.

Settings are one line on standard input; it ends when that input ends.
"""

import json
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlencode, urlsplit

import requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from authlib.jose import JsonWebKey, jwt
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oidc.core import CodeIDToken

settings = json.loads(sys.stdin.readline())
issuer, port, client_id = settings["issuer"], settings["port"], settings["client_id"]
os.environ["REQUESTS_CA_BUNDLE"] = settings["authorityFile"]
origin = f"http://localhost:{port}"
metadata = requests.get(f"{issuer}/.well-known/openid-configuration", timeout=10).json()
keys = JsonWebKey.import_key_set(requests.get(metadata["jwks_uri"], timeout=10).json())


def new_session():
    shared = {"scope": settings["scope"], "redirect_uri": f"{origin}/callback", "code_challenge_method": "S256"}
    if "private_key" not in settings:
        return OAuth2Session(client_id, settings["client_secret"], **shared)
    by_key = {"token_endpoint_auth_method": "private_key_jwt", "revocation_endpoint_auth_method": "private_key_jwt"}
    return OAuth2Session(client_id, settings["private_key"], **by_key, **shared)


session = new_session()


def prove():
    """Before each request of a client with a key: an hour, which is the library's own, is too long for us."""
    claims = {"exp": int(time.time()) + 60}
    session.register_client_auth_method(PrivateKeyJWT(metadata["token_endpoint"], claims, alg="ES256"))


# What the client keeps between the request and the answer.
kept = {}


def login():
    kept.update(verifier=generate_token(64), nonce=generate_token())
    url, kept["state"] = session.create_authorization_url(
        metadata["authorization_endpoint"], code_verifier=kept["verifier"], nonce=kept["nonce"]
    )
    return url


def callback(path):
    prove()
    token = session.fetch_token(
        metadata["token_endpoint"],
        authorization_response=f"{origin}{path}",
        state=kept["state"],
        code_verifier=kept["verifier"],
    )
    claims = jwt.decode(
        token["id_token"],
        keys,
        claims_cls=CodeIDToken,
        claims_options={"iss": {"essential": True, "value": issuer}},
        claims_params={"client_id": client_id, "nonce": kept["nonce"], "access_token": token["access_token"]},
    )
    claims.validate()
    return {"claims": claims, "userinfo": userinfo(), "token": token}


def userinfo():
    answer = session.get(metadata["userinfo_endpoint"])
    return answer.json() if answer.ok else {"error": answer.status_code}


def refresh():
    prove()
    return {"token": session.refresh_token(metadata["token_endpoint"]), "userinfo": userinfo()}


def revoke():
    prove()
    answer = session.revoke_token(metadata["revocation_endpoint"], session.token["refresh_token"], "refresh_token")
    answer.raise_for_status()
    return {"userinfo": userinfo()}


def logout():
    asked = {"id_token_hint": session.token["id_token"], "post_logout_redirect_uri": f"{origin}/bye"}
    return f"{metadata['end_session_endpoint']}?{urlencode(asked)}"


def serve_resource(authorization):
    """The resource server: RFC 9068 section 4."""
    claims = jwt.decode(
        authorization.removeprefix("Bearer "),
        keys,
        claims_options={
            "iss": {"essential": True, "value": issuer},
            "aud": {"essential": True, "value": settings["audience"]},
            "exp": {"essential": True},
        },
    )
    claims.validate()
    if claims.header["typ"] != "at+jwt":
        raise ValueError("not an access token")
    return claims


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            self.answer()
        except Exception as error:  # whatever the library says no with
            self.send(403, {"refused": f"{type(error).__name__}: {error}"})

    def answer(self):
        place = urlsplit(self.path).path
        if place in ("/login", "/logout"):
            self.send_response(303)
            self.send_header("location", login() if place == "/login" else logout())
            self.end_headers()
        elif place == "/callback":
            self.send(200, callback(self.path))
        elif place == "/api":
            self.send(200, serve_resource(self.headers.get("authorization", "")))
        else:
            self.send(200, {"/refresh": refresh, "/revoke": revoke}[place]())

    def send(self, status, body):
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
print("listening", flush=True)
sys.stdin.read()
