"""api.auth: authentication, roles, budgets and the audit log."""

from api.auth.audit import Audit
from api.auth.budget import Budget
from api.auth.callers import Callers
from api.auth.guard import Guard
from api.auth.keys import Keys, add_key
from api.auth.tokens import Issuer, Tokens

__all__ = [
    "Audit",
    "Budget",
    "Callers",
    "Guard",
    "Issuer",
    "Keys",
    "Tokens",
    "add_key",
]
