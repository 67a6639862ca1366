using System.Net;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using static Kilometers.RedactionBench.Corpus.Values;

namespace Kilometers.RedactionBench.Corpus;

/// <summary>MCP messages that hold a named secret or a token within something else, or in several pieces.</summary>
internal static class Wrappings
{
    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static readonly (string Form, Func<Values, string, string> Make)[] All =
    [
        ("header object", static (v, s) =>
            Call($$"""{"headers":[{"name":"Accept","value":"*/*"},{"name":"X-Api-Key","value":{{Json(s)}}}]}""")
        ),
        ("header object, value first", static (v, s) => Call($$"""{"headers":[{"value":{{Json(s)}},"name":"Authorization"}]}""")),
        ("key and value", static (v, s) => Call($$"""{"env":[{"key":"DB_PASSWORD","value":{{Json(s)}},"secure":true}]}""")),
        ("field and content", static (v, s) => Call($$"""{"fields":[{"field":"client_secret","content":{{Json(s)}}}]}""")),
        ("header pair", static (v, s) => Call($$"""{"headers":[["accept","*/*"],["x-api-key",{{Json(s)}}]]}""")),
        ("raw headers", static (v, s) => Call($$"""{"rawHeaders":["Host","x","Authorization",{{Json("Bearer " + s)}}]}""")),
        ("arguments", static (v, s) => Call($$"""{"command":"deploy","args":["--token",{{Json(s)}},"--verbose"]}""")),
        ("argument, equals", static (v, s) => Call($$"""{"command":"deploy","args":["--password={{Escape(s)}}"]}""")),
        ("environment", static (v, s) =>
            Call($$$$$$$$$"""{"command":"run","env":{"PATH":"/bin","SMTP_PASS":{{{{{{{{{Json(s)}}}}}}}}}}}""")
        ),
        ("environment list", static (v, s) => Call($$"""{"command":"run","env":["PATH=/bin","GITHUB_PAT={{Escape(s)}}"]}""")),
        ("typed value", static (v, s) => Call($$$$$$$$$"""{"item":{"password":{"S":{{{{{{{{{Json(s)}}}}}}}}}}}}""")),
        ("values array", static (v, s) => Call($$"""{"tokens":{"list":1},"credentials":["a",{{Json(s)}}]}""")),
        ("nested JSON", static (v, s) => Result(JsonSerializer.Serialize(new { user = "ada", password = s }))),
        ("nested twice", static (v, s) => Result(JsonSerializer.Serialize(new { body = JsonSerializer.Serialize(new { token = s }) }))),
        ("nested three times", static (v, s) =>
            Result(JsonSerializer.Serialize(new { a = JsonSerializer.Serialize(new { b = JsonSerializer.Serialize(new { apiKey = s }) }) }))
        ),
        ("nested, relaxed", static (v, s) =>
            Result(JsonSerializer.Serialize(new { body = JsonSerializer.Serialize(new { secret = s }, Relaxed) }, Relaxed))
        ),
        ("escapes in prose", static (v, s) => Result($"the reply was \\u0022password\\u0022:\\u0022{s}\\u0022 again")),
        ("JSON lines", static (v, s) => Result($"{{\"a\":1}}\n{{\"user\":\"ada\",\"passwd\":\"{s}\"}}\n")),
        ("base64 of JSON", static (v, s) => Blob(Encode(JsonSerializer.Serialize(new { user = "ada", password = s })))),
        ("base64 of settings", static (v, s) => Blob(Encode($"DB_HOST=db\nDB_PASSWORD={s}\n"))),
        ("base64 of settings in text", static (v, s) => Result($"content: {Encode($"user=ada\napi_token={s}\n")} (base64)")),
        ("base64 of YAML", static (v, s) => Result(Encode($"users:\n- name: admin\n  user:\n    token: {s}\n"))),
        ("base64 of credentials", static (v, s) =>
            Call($$$$$$$$$"""{"auths":{"registry.example.com":{"auth":"{{{{{{{{{Encode("ada:" + s)}}}}}}}}}"}}}""")
        ),
        ("URL-safe base64", static (v, s) =>
            Result(
                $"state={Encode(JsonSerializer.Serialize(new { r = "/", client_secret = s })).Replace('+', '-').Replace('/', '_').TrimEnd('=')}&x=1"
            )
        ),
        ("data URL", static (v, s) => Result($"data:text/plain;base64,{Encode($"the config\npassword={s}\n")}")),
        ("base64 of a token", static (v, s) => Result(Encode("token: ghp_" + v.Of(AlphaNumeric, 36) + "\npassword: " + s))),
        ("base64 in lines", static (v, s) =>
            Result(
                Convert.ToBase64String(
                    Encoding.UTF8.GetBytes($"# config\nhost = db\nport = 5432\nuser = app\npassword = {s}\n"),
                    Base64FormattingOptions.InsertLineBreaks
                )
            )
        ),
        ("URL-encoded form", static (v, s) => Result("body=" + Uri.EscapeDataString($"user=ada&password={s}&x=1"))),
        ("URL-encoded JSON", static (v, s) =>
            Result("https://example.com/?q=" + Uri.EscapeDataString(JsonSerializer.Serialize(new { token = s })))
        ),
        ("URL-encoded header", static (v, s) => Result("h=" + Uri.EscapeDataString($"Authorization: Bearer {s}"))),
        ("URL in a URL", static (v, s) =>
            Result("https://example.com/?next=" + Uri.EscapeDataString($"https://a.example.com/cb?access_token={s}"))
        ),
        ("HTML entities", static (v, s) => Result(WebUtility.HtmlEncode($"{{\"password\":\"{s}\"}}"))),
        ("HTML attribute", static (v, s) => Result($"<div data-config=\"{WebUtility.HtmlEncode($"{{\"apiKey\":\"{s}\"}}")}\">")),
        ("name and value in two items", static (v, s) => Content("Password:", s)),
        ("name and value in two items, equals", static (v, s) => Content("DB_PASSWORD=", s)),
        ("name and value in two items, sentence", static (v, s) => Content("Your API key is", s)),
        ("value in two items", static (v, s) => Content("api_key=" + s[..(s.Length / 2)], s[(s.Length / 2)..])),
        ("structured", static (v, s) =>
            $$$$$$$$$"""{"jsonrpc":"2.0","id":3,"result":{"content":[],"structuredContent":{"account":{"user":"ada","db_pass":{{{{{{{{{Json(s)}}}}}}}}}}}}}"""
        ),
        ("notification", static (v, s) =>
            $$$$$$$$$"""{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":{"msg":"connect","pw":{{{{{{{{{Json(s)}}}}}}}}}}}}"""
        ),
        ("error data", static (v, s) =>
            $$$"""{"jsonrpc":"2.0","id":3,"error":{"code":-32000,"message":"denied","data":{{{Json($"password={s}")}}}}}"""
        ),
        ("JWK", static (v, s) =>
            Call($$$$$$$$$"""{"jwk":{"kty":"oct","k":"{{{{{{{{{v.Of(Url, 43)}}}}}}}}}","secret":{{{{{{{{{Json(s)}}}}}}}}}}}""")
        ),
        ("private key", static (v, s) =>
            Call($$"""{"type":"service_account","private_key":"-----BEGIN PRIVATE KEY-----\n{{Encode(s)}}\n-----END PRIVATE KEY-----\n"}""")
        ),
        ("OTLP attribute", static (v, s) =>
            Call(
                $$$$$$$$$"""{"attributes":[{"key":"http.request.header.authorization","value":{"stringValue":{{{{{{{{{Json(s)}}}}}}}}}}}]}"""
            )
        ),
        ("Postman", static (v, s) =>
            Call($$$$$$$$$"""{"auth":{"type":"bearer","bearer":[{"key":"token","value":{{{{{{{{{Json(s)}}}}}}}}},"type":"string"}]}}""")
        ),
        ("query parameters", static (v, s) => Call($$"""{"queryString":[{"name":"access_token","value":{{Json(s)}}}]}""")),
    ];

    /// <summary>Tokens that tell by their form what they are, in pieces or encoded.</summary>
    public static readonly (string Form, Func<Values, string, string> Make)[] Tokens =
    [
        ("token in base64", static (v, s) => Blob(Encode("see " + s + " there, please"))),
        ("token in two items", static (v, s) => Content(s[..(s.Length / 2)], s[(s.Length / 2)..])),
        ("token in nested JSON", static (v, s) =>
            Result(JsonSerializer.Serialize(new { a = JsonSerializer.Serialize(new { note = "see " + s }) }))
        ),
        ("token in a URL", static (v, s) => Result("https://example.com/x?u=" + Uri.EscapeDataString($"a b {s} c"))),
        ("token as a name", static (v, s) => Call($$"""{"{{s}}":1}""")),
    ];

    public static string Result(string text) => Content(text);

    private static string Content(params string[] texts) =>
        $$$"""{"jsonrpc":"2.0","id":3,"result":{"content":[{{{string.Join(',', texts.Select(static text => $$"""{"type":"text","text":{{Json(text)}}}"""))}}}]}}""";

    private static string Blob(string data) =>
        $$$"""{"jsonrpc":"2.0","id":3,"result":{"contents":[{"uri":"file:///x","mimeType":"application/octet-stream","blob":"{{{data}}}"}]}}""";

    private static string Call(string arguments) =>
        $$$"""{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"run","arguments":{{{arguments}}}}}""";

    private static string Json(string text) => JsonSerializer.Serialize(text, Relaxed);

    private static string Escape(string text) => Json(text)[1..^1];

    private static string Encode(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
