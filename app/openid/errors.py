"""Define what can go wrong with a provider; the messages are for the operator's log."""


class OpenIDError(Exception):
    """Report that a sign-in with the provider failed. The message holds no secret."""


class ProviderUnavailableError(OpenIDError):
    """Report that the provider does not answer, or too slowly; trying again can help."""


class ProviderMisconfiguredError(OpenIDError):
    """Report that what the provider answers does not fit the settings or the standard."""


class TokenRefusedError(OpenIDError):
    """Report an authorization code or an ID token that proves nothing."""
