using System.Text;
using System.Text.Json;
using CsCheck;
using Kilometers.Monitoring.JsonRpc;
using Xunit;

namespace Kilometers.Monitoring.Tests.JsonRpc;

/// <summary><see cref="Utf8JsonReader"/> says what is right.</summary>
public sealed class JsonCursorTests
{
    private const string Pieces = "{}[]:,\"\\ \t\r\n0123456789-+.eEtrufalsn/bu\u0001é";

    private static readonly Gen<string> Names = Gen.OneOf("id", "a", "", "m\\u0065thod", "\\\\", "é", "a\\\"b", "\\ud800");

    private static readonly Gen<string> Scalars = Gen.OneOf(
        "0",
        "-0",
        "12",
        "-1.50",
        "1e5",
        "1E-05",
        "0.1e+9",
        "true",
        "false",
        "null",
        "\"\"",
        "\"text\"",
        "\"\\n\\\"\\\\\\/ \\u00e9\"",
        "\"\u2028 \ud83d\ude00\"",
        "\"{[,:\""
    );

    private static readonly Gen<string> Spaces = Gen.OneOf("", "", "", " ", "\t", "\r\n", "  ");

    private static readonly Gen<string> Values = Gen.Recursive<string>(
        (depth, inner) =>
            depth > 5
                ? Scalars
                : Gen.Frequency(
                    (3, Scalars),
                    (
                        1,
                        Gen.Select(Spaces, Spaces.Select(Names, Spaces, inner, Spaces, Member).Array[0, 4], (space, members) =>
                            $"{{{space}{string.Join(',', members)}}}"
                        )
                    ),
                    (
                        1,
                        Gen.Select(
                            Spaces,
                            Spaces.Select(inner, Spaces, (before, value, after) => before + value + after).Array[0, 4],
                            (space, elements) => $"[{space}{string.Join(',', elements)}]"
                        )
                    )
                )
    );

    [Fact]
    public void Skip_ValidValue_PassesItWhole() =>
        Values.Sample(value =>
        {
            var text = Encoding.UTF8.GetBytes($" [ {value} ]");
            var cursor = new JsonCursor(text);
            Assert.True(cursor.TryEnter(JsonKind.Array));
            Assert.True(cursor.NextElement());
            Assert.Equal(value, Encoding.UTF8.GetString(cursor.Skip()));
            Assert.False(cursor.NextElement());
            Assert.True(cursor.IsAtEnd());
        });

    [Fact]
    public void Skip_ValueWithAFault_AcceptsWhatTheReaderAccepts() =>
        Gen.Select(Values, Gen.Int[0, 200], Gen.Int[0, 2], Gen.Char[Pieces])
            .Sample(
                (value, place, kind, piece) =>
                {
                    var at = place % (value.Length + 1);
                    var changed = kind switch
                    {
                        0 => value.Insert(at, piece.ToString()),
                        1 when at < value.Length => value.Remove(at, 1),
                        _ => value[..at],
                    };
                    AssertAgrees(Encoding.UTF8.GetBytes($"[{changed}]"));
                },
                iter: 20_000
            );

    [Fact]
    public void Skip_AnyPieces_AcceptsWhatTheReaderAccepts() =>
        Gen.String[Gen.Char[Pieces], 0, 12].Sample(text => AssertAgrees(Encoding.UTF8.GetBytes($"{{\"a\":{text}}}")), iter: 20_000);

    [Fact]
    public void NextMember_AnyObject_FindsWhatAParserFinds() =>
        Values
            .Where(value => value.StartsWith('{') && !value.Contains("\\ud800", StringComparison.Ordinal))
            .Sample(value =>
            {
                using var document = JsonDocument.Parse(value);
                var cursor = new JsonCursor(Encoding.UTF8.GetBytes(value));
                Assert.True(cursor.TryEnter(JsonKind.Object));
                foreach (var member in document.RootElement.EnumerateObject())
                {
                    Assert.True(cursor.NextMember());
                    Assert.True(cursor.TryGetName(out var name));
                    Assert.Equal(member.Name, name);
                    Assert.True(cursor.Is(Encoding.UTF8.GetBytes(member.Name)));
                    Assert.False(cursor.Is("other"u8));
                    Assert.Equal(member.Value.ValueKind.ToString(), cursor.Kind.ToString());
                    Assert.Equal(member.Value.GetRawText(), Encoding.UTF8.GetString(cursor.Skip()));
                }

                Assert.False(cursor.NextMember());
                Assert.True(cursor.IsAtEnd());
            });

    [Fact]
    public void AnyCall_OnATextThatIsCutOff_FindsNothingMore() =>
        Gen.Select(Values, Gen.Int[0, 200])
            .Sample(
                (value, place) =>
                {
                    var text = $"[{value}";
                    var cursor = new JsonCursor(Encoding.UTF8.GetBytes(text[..(place % text.Length)]));
                    cursor.Skip();
                    Assert.True(cursor.HasFailed);
                    Assert.Equal(JsonKind.None, cursor.Kind);
                    Assert.False(cursor.NextMember());
                    Assert.False(cursor.NextElement());
                    Assert.Null(cursor.ReadText());
                    Assert.False(cursor.TryReadText(out _));
                    Assert.False(cursor.IsAtEnd());
                }
            );

    [Theory]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(128)]
    [InlineData(1000)]
    public void Skip_DeepLevels_ClosesEachAsItWasOpened(int levels)
    {
        var kinds = Enumerable.Range(0, levels).Select(level => level % 3 == 0).ToArray();
        var opening = string.Concat(kinds.Select(isObject => isObject ? "{\"a\":" : "["));
        var closing = string.Concat(kinds.Reverse().Select(isObject => isObject ? "}" : "]"));
        Assert.True(Accepts(Encoding.UTF8.GetBytes(opening + "1" + closing)));
        for (var at = 0; at < levels; at++)
        {
            var wrong = closing.ToCharArray();
            wrong[at] = wrong[at] == '}' ? ']' : '}';
            Assert.False(Accepts(Encoding.UTF8.GetBytes(opening + "1" + new string(wrong))));
        }
    }

    private static string Member(string before, string name, string between, string value, string after) =>
        $"{before}\"{name}\"{between}:{between}{value}{after}";

    private static void AssertAgrees(byte[] text) => Assert.Equal(ReaderAccepts(text), Accepts(text));

    private static bool Accepts(byte[] text)
    {
        var cursor = new JsonCursor(text);
        cursor.Skip();
        return cursor.IsAtEnd();
    }

    private static bool ReaderAccepts(byte[] text)
    {
        var reader = new Utf8JsonReader(text, isFinalBlock: true, new JsonReaderState(new JsonReaderOptions { MaxDepth = int.MaxValue }));
        try
        {
            while (reader.Read())
            {
                // To the end.
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
