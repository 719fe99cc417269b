"""Public keys for signing mail; nobody holds the other halves any more."""

GOOD = (
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA1oqBxrnDz7y2xLZd++9PGiEbWtfJ7BibywNoiEpj"
    "9hown8F0Bj4dpn24tKUFby0IavLhqTAXZpqhqLtmHpvvi7JOCu58V1aiA/yACwDOMLsShnS7DwqxHHcly5Af"
    "7QVqG9lNn28L8aVhaqotlbFVvnXOSrEbSbRnFmjLnPns330a1agi/oeAyeNMB9zi1ynJ+1fCN8fcxgPuVKra"
    "3pvLEFDDL4jc4CnJ/+lDqtvCBcSexK2hl0rTL4+b1ZxFWjrNYMzZ6clWmvU20DjfIkBAnlGlrEePGwaZS2pA"
    "8BQtPG4oq3M6WEPB6iaKy5MlTWsmEpCDS4e4vAMYPzd47+l3hwIDAQAB"
)
"""RSA, 2048 bits (SubjectPublicKeyInfo, base64)."""

SHORT = (
    "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBALyKkqyS4XPinBKgLhw7BkxJ6W9VRcM2Bt9bzD6q9nhVTTJWY9Vg"
    "8oCUpE+aUo8kXWz0eOOlQhE8EDcnghkN35sCAwEAAQ=="
)
"""RSA, 512 bits."""
