using static Kilometers.RedactionBench.Corpus.Values;

namespace Kilometers.RedactionBench.Corpus;

/// <summary>Lines of <c>.env</c> files, shells, service units and compose files.</summary>
internal static class Settings
{
    private static readonly string[] Names =
    [
        "DB_PASSWORD", "DB_PASS", "POSTGRES_PASSWORD", "MYSQL_ROOT_PASSWORD", "MYSQL_PWD", "PGPASSWORD", "REDIS_AUTH", "REDIS_PASSWORD", "SMTP_PASS", "MAIL_PW",
        "LDAP_BIND_PW", "ADMIN_PASSWD", "GITHUB_TOKEN", "GITHUB_PAT", "GH_PAT", "AZURE_DEVOPS_EXT_PAT", "NPM_AUTH", "NPM_TOKEN", "API_KEY", "OPENAI_API_KEY",
        "STRIPE_SECRET", "STRIPE_KEY", "JWT_SECRET", "JWT_SIGNING_KEY", "SESSION_SECRET", "SECRET_KEY_BASE", "DJANGO_SECRET_KEY", "APP_KEY", "RAILS_MASTER_KEY",
        "ENCRYPTION_KEY", "AES_KEY", "HMAC_KEY", "FERNET_KEY", "COOKIE_SECRET", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "ALGOLIA_ADMIN_KEY", "DATADOG_APP_KEY",
        "DD_API_KEY", "MAPS_KEY", "SERVICE_ROLE_KEY", "DB_CREDS", "FTP_CREDENTIALS", "PASSWORD_SALT", "HASH_SALT", "WALLET_SEED", "TOTP_SEED",
        "VAULT_UNSEAL_KEY", "BASIC_AUTH", "AUTH_TOKEN", "ACCESS_TOKEN", "REFRESH_TOKEN", "WEBHOOK_SECRET", "CLIENT_SECRET", "RECAPTCHA_SECRET", "TWILIO_AUTH_TOKEN",
        "SNOWFLAKE_PASSWORD", "KEYSTORE_PASSWORD", "SSH_PASSPHRASE", "GPG_PASSPHRASE", "SUDO_PASS", "WIFI_PSK", "LICENSE_KEY", "DEPLOY_KEY", "PRIVATE_TOKEN",
        "_AUTH", "_TOKEN", "dbPassword", "apiKey", "clientSecret", "accessKey", "smtpPass", "userPw", "authToken", "privateKey", "hashSalt", "root_password",
        "db-password", "app.jwt.secret", "spring.datasource.password", "mail.smtp.password2", "PASSWORD1", "API_KEY_PROD", "TOKEN_BOT", "SECRET_2",
    ];

    public static readonly (string Form, Func<Values, string, string, string> Make)[] Lines =
    [
        (".env", static (v, name, secret) => $"NODE_ENV=production\n{name}={secret}\nPORT=8080\n"),
        (".env, double quotes", static (v, name, secret) => $"{name}=\"{secret}\"\nDEBUG=false"),
        (".env, single quotes", static (v, name, secret) => $"# settings\n{name}='{secret}'\n"),
        (".env, spaces", static (v, name, secret) => $"{name} = {secret}\nLOG_LEVEL=info"),
        ("export", static (v, name, secret) => $"export PATH=$PATH:/opt/bin\nexport {name}={secret}\n"),
        ("export, quotes", static (v, name, secret) => $"export {name}=\"{secret}\" # rotate in May"),
        ("set of Windows", static (v, name, secret) => $"set {name}={secret}\r\necho ok\r\n"),
        ("PowerShell", static (v, name, secret) => $"$env:{name} = \"{secret}\""),
        ("fish", static (v, name, secret) => $"set -gx {name} {secret}"),
        ("Dockerfile ENV", static (v, name, secret) => $"FROM alpine\nENV {name}={secret}\nRUN true"),
        ("Dockerfile ENV, space", static (v, name, secret) => $"FROM alpine\nENV {name} {secret}\nRUN true"),
        ("compose list", static (v, name, secret) => $"    environment:\n      - {name}={secret}\n      - TZ=UTC"),
        ("compose map", static (v, name, secret) => $"    environment:\n      {name}: {secret}\n      TZ: UTC"),
        ("systemd", static (v, name, secret) => $"[Service]\nEnvironment=\"{name}={secret}\"\nRestart=always"),
        ("command prefix", static (v, name, secret) => $"{name}={secret} ./deploy.sh --region eu"),
        ("docker run -e", static (v, name, secret) => $"docker run -d -e {name}={secret} -p 80:80 nginx"),
        ("env output", static (v, name, secret) => $"HOME=/home/dev\n{name}={secret}\nSHELL=/bin/bash"),
        ("set -x trace", static (v, name, secret) => $"+ {name}={secret}\n+ run"),
        ("properties", static (v, name, secret) => $"server.port=8080\n{name}={secret}\n"),
        ("INI", static (v, name, secret) => $"[database]\nhost = db\n{name} = {secret}\n"),
        ("TOML", static (v, name, secret) => $"[auth]\n{name} = \"{secret}\"\nttl = 30"),
        ("YAML", static (v, name, secret) => $"db:\n  host: db\n  {name}: {secret}\n  port: 5432"),
        ("YAML, quotes", static (v, name, secret) => $"auth:\n  {name}: '{secret}'\n"),
        ("tfvars", static (v, name, secret) => $"region = \"eu\"\n{name} = \"{secret}\"\n"),
        ("Helm --set", static (v, name, secret) => $"helm upgrade app ./chart --set {name}={secret} --wait"),
        ("make", static (v, name, secret) => $"{name} := {secret}\nall: build"),
        ("Ruby hash", static (v, name, secret) => $"config = {{ :{name} => \"{secret}\", :pool => 5 }}"),
        ("JSON file", static (v, name, secret) => $"{{\n  \"{name}\": \"{secret}\",\n  \"port\": 5432\n}}"),
    ];

    public static string Name(Values values) => values.Any<string>(Names);

    /// <summary>What fits the name: few people have a PIN of forty letters.</summary>
    public static string Value(Values values, string name) => name switch
    {
        "WALLET_SEED" or "TOTP_SEED" => values.Any(values.Of(Upper + "234567", 32), values.Hex(64)),
        _ => values.Value(),
    };
}
