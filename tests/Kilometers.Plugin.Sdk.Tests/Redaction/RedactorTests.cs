using System.Text;
using System.Text.Json;
using CsCheck;
using Kilometers.Plugin.Sdk.Redaction;
using Xunit;

namespace Kilometers.Plugin.Sdk.Tests.Redaction;

public sealed class RedactorTests
{
    private static readonly string[] Pieces =
    [
        "{",
        "}",
        "[",
        "]",
        "\"",
        "\\",
        ":",
        ",",
        "password",
        "token",
        "1",
        "4111111111111111",
        "null",
        "\\u0022",
        "\\ud83d",
        "sk-",
        "ü",
        " ",
        "-----BEGIN PRIVATE KEY-----",
        "x",
    ];

    private readonly Redactor _redactor = new(["badge-number", "notes"], [@"\bEMP\d{6}\b", "(?i)project falcon"]);

    [Theory]
    [InlineData("""{"password":"hunter2"}""", """{"password":"***"}""")]
    [InlineData("""{ "a" : 1 , "token" : 12345 }""", """{ "a" : 1 , "token" : "***" }""")]
    [InlineData("""{"secret":{"a":["}"]},"n":1}""", """{"secret":"***","n":1}""")]
    [InlineData("""{"card":4111111111111111,"n":[4111111111111111]}""", """{"card":"***","n":["***"]}""")]
    [InlineData("""{"p\u0061ssword":"hunter2"}""", """{"p\u0061ssword":"***"}""")]
    [InlineData("""{"text":"{\u0022token\u0022:12345}"}""", """{"text":"{\"token\":\"***\"}"}""")]
    [InlineData("""{"text":"[{\"token\":12345,\"n\":1}]"}""", """{"text":"[{\"token\":\"***\",\"n\":1}]"}""")]
    [InlineData("""{"text":"password=a\nnext=b"}""", """{"text":"password=***\nnext=b"}""")]
    [InlineData("""{"sk-0123456789abcdefABCD":1}""", """{"sk-***":1}""")]
    [InlineData("""{"Badge Number":7,"notes":"x"}""", """{"Badge Number":"***","notes":"***"}""")]
    [InlineData("""{"text":"EMP123456 works on Project Falcon"}""", """{"text":"*** works on ***"}""")]
    [InlineData("""EMP123456 EMP1234567""", """*** EMP1234567""")]
    [InlineData("""{"password":"hun""", """{"password":"***" """)]
    [InlineData("""{"password":{"a":[1,2""", """{"password":"***" """)]
    [InlineData("""{"password":""", """{"password":""")]
    [InlineData("""{"a":"my password=hun""", """{"a":"my password=***""")]
    [InlineData("""{"a":"{\u0022password\u0022:\u0022hun""", """{"a":"{\"password\":\"***\" """)]
    [InlineData("""{"a":1} {"password":"hunter2"}""", """{"a":1} {"password":"***"}""")]
    [InlineData("""[INFO] password=hunter2""", """[INFO] password=***""")]
    [InlineData("""{"text":"[INFO] password=hunter2","n":1}""", """{"text":"[INFO] password=***","n":1}""")]
    public void Redact_Message_OnlyTheSecretIsReplaced(string message, string expected) =>
        Assert.Equal(expected.TrimEnd(), Redact(message));

    [Fact]
    public void Redact_BytesThatAreNoText_ComeBackButForTheSecret()
    {
        byte[] message = [0xFF, 0xFE, 0x00, .. "password=hunter2 "u8, 0x80, 0xC3];
        Assert.Equal([0xFF, 0xFE, 0x00, .. "password=*** "u8, 0x80, 0xC3], new Redactor().Redact(message).ToArray());
    }

    [Theory]
    [InlineData("(")]
    [InlineData("a*")]
    [InlineData(@"(a)\1")]
    [InlineData("(?=a)")]
    public void Redactor_UnusablePattern_IsRefusedByName(string pattern) =>
        Assert.Contains(
            $"'{pattern}'",
            Assert.Throws<ArgumentException>(() => new Redactor([], [pattern])).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void Redact_Json_StaysJson() =>
        Gen.Recursive<JsonElement>((depth, self) => JsonGen(depth, self))
            .Sample(
                element =>
                {
                    var message = JsonSerializer.SerializeToUtf8Bytes(element);
                    using var redacted = JsonDocument.Parse(_redactor.Redact(message));
                    Assert.DoesNotContain("hunter2", redacted.RootElement.GetRawText(), StringComparison.Ordinal);
                    // Cut off anywhere, it neither throws nor gives the secret away.
                    for (var length = 0; length < message.Length; length += 7)
                        Assert.DoesNotContain(
                            "hunter2",
                            Encoding.UTF8.GetString(_redactor.Redact(message.AsMemory(0, length)).Span),
                            StringComparison.Ordinal
                        );
                },
                iter: 300
            );

    [Fact]
    public void Redact_AnyBytes_NeverThrows() =>
        Gen.OneOf(
                Gen.Byte.Array[0, 200],
                Gen.Int[0, Pieces.Length - 1]
                    .Select(static index => Pieces[index])
                    .Array[0, 40]
                    .Select(static pieces => Encoding.UTF8.GetBytes(string.Concat(pieces)))
            )
            .Sample(message => _redactor.Redact(message).Length >= 0);

    [Theory]
    [InlineData("\"{x\",")]
    [InlineData("\"[INFO]\",")]
    [InlineData("\"\\ud800\",")]
    [InlineData("[")]
    [InlineData("{\"token\":")]
    [InlineData("\"\\\"{\\\\\\\"a\\\"\",")]
    [InlineData("\\")]
    [InlineData("{\"a\":1}")]
    [InlineData("[\"password=\",4111111111111111],")]
    public void Redact_HostileRepetition_IsLinear(string unit) =>
        LinearTime.Assert(length =>
        {
            var message = Encoding.UTF8.GetBytes("[" + string.Concat(Enumerable.Repeat(unit, length / unit.Length)));
            return () => _redactor.Redact(message);
        });

    private static Gen<JsonElement> JsonGen(int depth, Gen<JsonElement> self)
    {
        var text = AnyOf(
            "plain",
            "password=hunter2 x",
            "{\"password\":\"hunter2\"}",
            "{\"token\":[\"hunter2\"]}",
            "ü\"\\\n\u0001",
            "4111111111111111",
            "[INFO] pwd: hunter2"
        );
        var leaf = Gen.OneOf(
            text.Select(static value => JsonSerializer.SerializeToElement(value)),
            AnyOf(0L, 17L, 4111111111111111L).Select(static value => JsonSerializer.SerializeToElement(value)),
            Gen.Bool.Select(static value => JsonSerializer.SerializeToElement(value))
        );
        if (depth > 4)
            return leaf;
        var name = AnyOf("a", "password", "api_key", "n\"1", "content");
        return Gen.OneOf(
            leaf,
            self.Array[0, 3].Select(static items => JsonSerializer.SerializeToElement(items)),
            Gen.Select(name, self, name, self)
                .Select(
                    static (first, a, second, b) =>
                        JsonSerializer.SerializeToElement(new Dictionary<string, JsonElement> { [first] = a, [second] = b })
                ),
            self.Select(static value => JsonSerializer.SerializeToElement(value.GetRawText()))
        );
    }

    private static Gen<T> AnyOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    private string Redact(string message) => Encoding.UTF8.GetString(_redactor.Redact(Encoding.UTF8.GetBytes(message)).Span);
}
