"""What an S3 server's refusal, or its silence, means in the words of the contract. No text holds a key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
    ReadTimeoutError,
    SSLError,
)

from connectors.errors import (
    Changed,
    ConnectorError,
    Denied,
    Malformed,
    NotFound,
    Throttled,
    Unreachable,
    Unsupported,
)
from connectors.locator import Locator

_ABSENT = frozenset({"NoSuchKey", "NoSuchVersion", "NoSuchUpload", "NotFound", "404"})
_WRONG_KEYS = frozenset({"InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "401"})
_PATIENCE = frozenset(
    {"SlowDown", "503", "ServiceUnavailable", "Throttling", "ThrottlingException", "RequestLimitExceeded",
     "TooManyRequests", "429"}
)  # fmt: skip
_SAVED = frozenset({"PreconditionFailed", "412", "ConditionalRequestConflict", "409", "OperationAborted"})
_ELSEWHERE = frozenset({"PermanentRedirect", "301", "AuthorizationHeaderMalformed"})
_NOT_OFFERED = frozenset({"NotImplemented", "501", "MethodNotAllowed", "405", "UnsupportedOperation"})
_NO_ADDRESS = frozenset({"KeyTooLongError", "InvalidURI"})
_NO_SERVER = "the server does not answer: are endpoint and region right, is it up, is the port open?"
_CERTIFICATE = "the server's certificate is not one that can be trusted: check endpoint, or name its authority in ca"
_NO_TLS = "the server does not speak TLS there: check the port in endpoint, and whether it is http://"
_WAIT = 2.0  # seconds, where a server asks for patience and does not say how much


@contextmanager
def told(locator: Locator | None = None) -> Iterator[None]:
    """Turns what the SDK raises in the block into the contract's errors, `from None`: the SDK's texts hold keys."""
    try:
        yield
    except ClientError as error:
        raise refusal(code_of(error), locator) from None
    except (NoCredentialsError, PartialCredentialsError):
        raise Denied("no access key was found: set access_key and secret_key, or give the machine a role") from None
    except ParamValidationError:
        raise Malformed("not what this server can be asked for", locator) from None
    except SSLError as error:
        doubted = "CERTIFICATE_VERIFY_FAILED" in str(error)
        raise Unreachable(_CERTIFICATE if doubted else _NO_TLS, locator) from None
    except (EndpointConnectionError, ConnectTimeoutError):
        raise Unreachable(_NO_SERVER, locator) from None
    except ReadTimeoutError:
        raise Unreachable("the server has not answered in time; see `timeout`", locator) from None
    except BotoCoreError as error:
        raise Unreachable(f"the line to the server failed ({type(error).__name__})", locator) from None
    except RecursionError:  # the SDK follows a redirect that names no region for as long as it can
        raise refusal("PermanentRedirect", locator) from None
    except OSError as error:
        raise Unreachable(f"the line to the server broke ({type(error).__name__})", locator) from None


def code_of(error: ClientError) -> str:
    """The server's own word for what was wrong; the status where an answer without a body leaves nothing else."""
    told_code = str(error.response.get("Error", {}).get("Code", ""))
    return told_code or str(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", ""))


def not_offered(error: ClientError) -> bool:
    """True where the server does not know the question, as servers that only look like S3."""
    return code_of(error) in _NOT_OFFERED


def refusal(code: str, locator: Locator | None = None) -> ConnectorError:
    """The error to raise. Only a word that means it is NotFound; what is not known to be final is Unreachable."""
    if code in _ABSENT:
        return NotFound("the item is not there", locator)
    if code == "NoSuchBucket":
        return Unreachable("the bucket is not there: check its name, the region and the endpoint", locator)
    if code in _WRONG_KEYS:
        return Denied("the server does not accept the access key: check access_key and secret_key", locator)
    if code == "RequestTimeTooSkewed":
        return Denied("the server refuses this machine's clock: set it", locator)
    if code in _PATIENCE:
        return Throttled("the server asks for patience", _WAIT, locator)
    if code in _SAVED:
        return Changed("the item was changed in the same moment; nothing was altered", locator)
    return _other(code, locator)


def _other(code: str, locator: Locator | None) -> ConnectorError:
    if code in _ELSEWHERE or code.startswith("IllegalLocation"):
        return Unreachable("the bucket is in another region: set region", locator)
    if code in _NOT_OFFERED:
        return Unsupported("the server does not offer what is needed here", locator)
    if code in _NO_ADDRESS:
        return Malformed("not an address that this server can have", locator)
    if code == "InvalidObjectState":
        return Unsupported("the object is archived: restore it, then run again", locator)
    if code in ("InvalidRequest", "400"):
        return Unsupported("the server cannot give it: it may be encrypted with a customer's key (SSE-C)", locator)
    if code == "403" or code.startswith(("AccessDenied", "AllAccessDisabled", "Account", "Forbidden", "KMS.")):
        return Denied("the account may not do this: check its policy, the bucket's and the key's", locator)
    word = code if code.isalnum() and len(code) < 60 else "an unknown error"
    return Unreachable(f"the server answered {word}", locator)
