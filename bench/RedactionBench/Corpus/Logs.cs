using static Kilometers.RedactionBench.Corpus.Values;

namespace Kilometers.RedactionBench.Corpus;

/// <summary>Messages that programs and people write with a secret in them.</summary>
internal static class Logs
{
    public static readonly (string Form, Func<Values, string, string> Make)[] All =
    [
        ("login failed", static (v, s) => $"2026-01-02T03:04:05Z WARN login failed for user ada with password {s} from 10.0.0.7"),
        ("password is", static (v, s) => $"The password is {s}."),
        ("temporary password", static (v, s) => $"[Note] A temporary password is generated for root@localhost: {s}"),
        ("generated", static (v, s) => $"Generated admin password: {s}"),
        ("initial", static (v, s) =>
            $"Please use the following password to proceed to installation:\n\n{s}\n\nThis may also be found at: /var/secrets"
        ),
        ("using token", static (v, s) => $"DEBUG Using token {s} for api.example.com"),
        ("using API key", static (v, s) => $"INFO: using API key {s}"),
        ("the API key is", static (v, s) => $"Sure, the API key is {s}, use it with care."),
        ("api key, colon", static (v, s) => $"Your API key: {s}"),
        ("token in brackets", static (v, s) => $"Auth ok [token={s}] in 12 ms"),
        ("token in parentheses", static (v, s) => $"connected (token: {s})"),
        ("logfmt", static (v, s) => $"level=info msg=\"signed in\" user=ada password={s} dur=3ms"),
        ("logfmt, quotes", static (v, s) => $"time=03:04 level=error msg=\"bad gateway\" secret=\"{s}\" code=502"),
        ("JSON log", static (v, s) => $"{{\"level\":\"info\",\"msg\":\"start\",\"config\":{{\"db\":{{\"password\":\"{s}\"}}}}}}"),
        ("JSON in a log", static (v, s) => $"10:00:01 request body {{\"user\":\"ada\",\"pwd\":\"{s}\"}} took 3 ms"),
        ("escaped JSON in a log", static (v, s) => $"10:00:01 msg=\"body {{\\\"user\\\":\\\"ada\\\",\\\"pwd\\\":\\\"{s}\\\"}}\""),
        ("Python repr", static (v, s) => $"ValueError: cannot connect: {{'host': 'db', 'password': '{s}'}}"),
        ("headers repr", static (v, s) => $"headers={{'User-Agent': 'x', 'X-API-Key': '{s}'}}"),
        ("header tuples", static (v, s) => $"send: [('host', 'x'), ('x-api-key', '{s}')]"),
        ("Go struct", static (v, s) => $"config: {{Host:db Port:5432 User:app Password:{s} SSL:false}}"),
        ("Java record", static (v, s) => $"Account[user=ada, password={s}, roles=[admin]]"),
        ("Rust debug", static (v, s) => $"Config {{ user: \"app\", secret: \"{s}\", port: 1 }}"),
        ("C# record", static (v, s) => $"Login {{ User = ada, Password = {s} }}"),
        ("verbose curl", static (v, s) => $"> GET / HTTP/1.1\n> Authorization: Bearer {s}\n> Accept: */*"),
        ("basic credentials", static (v, s) => $"Authorization: Basic {s.Replace('-', 'x') + v.Of(AlphaNumeric, 8)}=="),
        ("changed from", static (v, s) => $"secret rotated; new secret: {s}"),
        ("arrow", static (v, s) => $"password -> {s}"),
        ("set to", static (v, s) => $"root password set to {s}"),
        ("set to, quotes", static (v, s) => $"client secret was set to \"{s}\""),
        ("quoted", static (v, s) => $"invalid token '{s}' rejected"),
        ("quoted, double", static (v, s) => $"access denied for api key \"{s}\""),
        ("one-time code", static (v, s) => $"Your verification code is {v.Of(Digits, 6)}. Your recovery password: {s}"),
        ("chat", static (v, s) => $"hey, wifi pw: {s} - see you later"),
        ("chat, pass", static (v, s) => $"login ada / pass {s}"),
        ("user and password", static (v, s) => $"Credentials: ada / {s}"),
        ("commit message", static (v, s) => $"revert: remove hard-coded token {s} from client"),
        ("diff", static (v, s) => $"-  password: {s}\n+  password: ${{DB_PASSWORD}}"),
        ("stack trace", static (v, s) => $"at Client.Open(host=db, pwd={s}) in /src/Client.cs:12"),
        ("URL in a log", static (v, s) => $"GET /callback?code=1&client_secret={Uri.EscapeDataString(s)} 302"),
        ("userinfo in a log", static (v, s) => $"cloning https://ci:{Uri.EscapeDataString(s)}@git.example.com/x.git"),
    ];
}
