"""OAuth as PySNC does it, and what it does with what it is given to sign in with."""

import os
from contextlib import contextmanager

import pysnc
import requests
from pysnc import AuthenticationException, ServiceNowClientCredentialsFlow, ServiceNowPasswordGrantFlow

from pysnc_checks import ADMIN, raises, same, true


@contextmanager
def trusted_by_the_environment(instance):
    """The client credentials flow ignores the client's `verify`; requests takes the authority from here."""
    os.environ["REQUESTS_CA_BUNDLE"] = instance.ca
    try:
        yield
    finally:
        del os.environ["REQUESTS_CA_BUNDLE"]


def who_am_i(client):
    """The user that a query on the caller's own id finds."""
    record = client.GlideRecord("sys_user")
    record.fields = ["user_name"]
    record.add_query("sys_id", "javascript:gs.getUserID()")
    record.query()
    true("the caller is found", record.next())
    return record.get_value("user_name")


def password_grant(instance, username=None, password=None, secret=None):
    flow = ServiceNowPasswordGrantFlow(
        username or instance.username,
        password or instance.password,
        instance.client_id,
        secret or instance.client_secret,
    )
    return pysnc.ServiceNowClient(instance.url, flow, verify=instance.ca)


def password_grant_acts_as_its_user(instance):
    client = password_grant(instance)
    same("admin", who_am_i(client), "admin")
    same("itil", who_am_i(password_grant(instance, "itil", "itil")), "itil")
    token = client.session.token
    same(
        "what comes with the token",
        sorted(set(token) - {"expires_at"}),
        [
            "access_token",
            "expires_in",
            "refresh_token",
            "scope",
            "token_type",
        ],
    )
    same("type and scope", (token["token_type"], token["scope"]), ("Bearer", ["useraccount"]))
    return f"expires in {token['expires_in']} s"


def password_grant_writes(instance):
    client = password_grant(instance)
    record = client.GlideRecord("problem")
    record.initialize()
    record.short_description = "By token"
    record.insert()
    same("sys_created_by", record.get_value("sys_created_by"), "admin")
    record.add_attachment("by-token.txt", "by token", "text/plain")
    same("attachments", [each.read() for each in record.get_attachments()], [b"by token"])
    record.urgency = "1"
    record.update()
    true("deleted", record.delete())
    return record.get_value("number")


def password_grant_through_a_batch(instance):
    client = password_grant(instance)
    record = client.GlideRecord("problem")
    record.initialize()
    record.short_description = "Token in a batch"
    record.insert()
    found = client.GlideRecord("problem")
    found.add_query("short_description", "Token in a batch")
    same("delete_multiple", found.delete_multiple(), True)
    same("gone", instance.client().GlideRecord("problem").get(record.get_value("sys_id")), False)
    return "deleted"


def a_token_is_refreshed(instance):
    client = password_grant(instance)
    before = client.session.token["access_token"]
    extra = {"client_id": instance.client_id, "client_secret": instance.client_secret}
    client.session.refresh_token(client.session.auto_refresh_url, verify=instance.ca, **extra)
    true("there is a token", client.session.token["access_token"])
    same("it is good for calls", who_am_i(client), "admin")
    return "the same token" if client.session.token["access_token"] == before else "another token"


def wrong_password_grant(instance):
    errors = {}
    for name, arguments in (("password", {"password": "wrong"}), ("secret", {"secret": "wrong"})):
        error = raises(f"a wrong {name}", Exception, lambda: password_grant(instance, **arguments))
        same("kind", type(error).__module__.split(".")[0], "oauthlib")
        errors[name] = str(error)
        true("the secret is not told", "wrong" not in str(error))
    return errors


def client_credentials(instance):
    with trusted_by_the_environment(instance):
        flow = ServiceNowClientCredentialsFlow(instance.client_id, instance.client_secret)
        client = pysnc.ServiceNowClient(instance.url, flow, verify=instance.ca)
        same("the client stands for", who_am_i(client), "admin")
        flow = ServiceNowClientCredentialsFlow(instance.client_id, "wrong")
        error = raises(
            "a wrong secret", AuthenticationException, lambda: pysnc.ServiceNowClient(instance.url, flow)
        )
    true(str(error), str(error).startswith("Failed to obtain access token: 401 "))
    return str(error)


def a_session_of_ones_own(instance):
    with requests.Session() as session:
        session.auth = (instance.username, instance.password)
        session.verify = instance.ca
        client = pysnc.ServiceNowClient(instance.url, session)
        true("it is used as it is", client.session is session)
        true("admin is found", client.GlideRecord("sys_user").get(ADMIN))
    return "used"


class ApiKey(requests.auth.AuthBase):
    """Row B4: whatever requests can sign with."""

    def __init__(self, key):
        self.key = key

    def __call__(self, request):
        request.headers["x-sn-apikey"] = self.key
        return request


def an_api_key(instance):
    client = pysnc.ServiceNowClient(instance.url, ApiKey(instance.api_key), verify=instance.ca)
    same("the key stands for", who_am_i(client), "itil")
    stranger = pysnc.ServiceNowClient(instance.url, ApiKey("wrong"), verify=instance.ca)
    error = raises("a wrong key", AuthenticationException, stranger.GlideRecord("incident").query)
    return error.args[0]["error"]["message"]


def a_client_certificate(instance):
    client = pysnc.ServiceNowClient(instance.url, cert=instance.certificate, verify=instance.ca)
    same("the certificate stands for", who_am_i(client), "itil")
    return "itil"


CHECKS = [
    password_grant_acts_as_its_user,
    password_grant_writes,
    password_grant_through_a_batch,
    a_token_is_refreshed,
    wrong_password_grant,
    client_credentials,
    a_session_of_ones_own,
    an_api_key,
    a_client_certificate,
]
