"""WeCom's server API as an app of a company: its token, its questions, what their failure means (path 91039)."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from patrol.chats.chat import SendError
from patrol.chats.exchange import Access, Answer, require_success
from patrol.chats.payload import text, whole
from patrol.chats.tokens import Token
from patrol.chats.wecom_codes import TOKEN_ENDED, require_zero

BASE_URL = "https://qyapi.weixin.qq.com"
SECRET_FORM = "CORPID:CORPSECRET[:TOKEN:AESKEY]"
NOT_TO_BE_PASSED_OVER = ("unauthorised", "no_secret", "secret_form")  # these a person has to mend


@dataclass(frozen=True, slots=True)
class Credentials:
    """Of a company and one of its apps; the last two sign and encrypt what WeCom calls us with."""

    corp_id: str
    corp_secret: str = field(repr=False)
    token: str = field(repr=False)
    aes_key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Api:
    """The API of one app; `access` is that of the chat or the call that asks."""

    access: Access
    base_url: str = BASE_URL

    def credentials(self) -> Credentials:
        return Credentials(*self.access.secret_parts(SECRET_FORM))

    def ask(self, method: str, path: str, *, is_message: bool = False, **request: Any) -> dict[str, Any]:
        """Ask as the app; a token that has ended is fetched anew, once. What WeCom refused it did not do.

        is_message: members see what was asked for, so that a lost answer leaves that unknown.
        """
        credentials = self.credentials()
        try:
            answer, token = self._ask_once(credentials, method, path, **request)
            if answer.json().get("errcode") in TOKEN_ENDED:
                self.access.tokens.drop(self._token_key(credentials), token)
                answer, token = self._ask_once(credentials, method, path, **request)
            return self._content(answer, credentials, token)
        except SendError as error:
            raise error if is_message else _known(error) from None

    def download(self, path: str, **params: str) -> Answer:
        """Fetch a file; a refusal comes as JSON instead."""
        credentials = self.credentials()
        asked = params | {"access_token": self._token(credentials)}
        answer = self.access.download(self.base_url + path, params=asked)
        if answer.status != 200 or answer.headers.get("content-type", "").startswith(("application/json", "text/")):
            self._content(answer, credentials, asked["access_token"])
        return answer

    def _ask_once(self, credentials: Credentials, method: str, path: str, **request: Any) -> tuple[Answer, str]:
        token = self._token(credentials)
        params = request.pop("params", {}) | {"access_token": token}
        return self.access.ask(method, self.base_url + path, params=params, **request), token

    def _token(self, credentials: Credentials) -> str:
        """Good for two hours, shared by all chats of the app; to ask for it oftener than needed is refused."""

        def fetch() -> Token:
            asked = {"corpid": credentials.corp_id, "corpsecret": credentials.corp_secret}
            try:
                answer = self.access.ask("GET", f"{self.base_url}/cgi-bin/gettoken", params=asked)
                content = self._content(answer, credentials)
            except SendError as error:
                raise _known(error) from None
            ends_at = self.access.clock() + timedelta(seconds=whole(content, "expires_in") or 0)
            return Token(text(content, "access_token"), ends_at)

        return self.access.tokens.get(self._token_key(credentials), fetch)

    def _token_key(self, credentials: Credentials) -> str:
        return f"wecom {self.base_url} {credentials.corp_id} {credentials.corp_secret}"

    def _content(self, answer: Answer, credentials: Credentials, token: str = "") -> dict[str, Any]:
        require_success(answer, now=self.access.clock())
        content = answer.json()
        require_zero(answer.host, content, [token, credentials.corp_secret])
        return content


def _known(error: SendError) -> SendError:
    """The same failure of a request that puts nothing into a chat: there is nothing to be unsure of."""
    detail = str(error).removeprefix(f"{error.code}: ")
    return SendError(error.code, detail, is_permanent=error.is_permanent, wait_s=error.wait_s)
