using System.Text;
using CsCheck;
using Kilometers.Contracts;
using Kilometers.PluginHost.Policies;

namespace Kilometers.PluginHost.Tests.Policies;

public sealed class PolicyReaderTests
{
    private static readonly string Digest = new('a', 64);

    /// <summary>Every member, so that each byte of it may be wrong.</summary>
    private static readonly byte[] Whole = Encoding.UTF8.GetBytes(
        $$"""
        {
          "version": 1,
          "plugins": {
            "allow": ["console-logger", { "name": "api-logger", "from": "1.0.0", "to": "2.0.0", "digest": "{{Digest}}" }],
            "deny": ["other"], "require": ["console-logger"], "whenRequiredIsLost": "report", "project": false, "development": true
          },
          "publishers": { "allow": [{ "name": "Äcme", "certificate": "{{Digest}}" }], "deny": [{ "root": "{{Digest}}" }] },
          "tier": { "maximum": "Pro", "features": ["api_logging"] },
          "isolation": { "require": ["L1", "L3"], "plugin-process": "session" },
          "network": { "allowPrivate": ["10.0.0.5:443", "[fd00::5]:443", "intranet.example:8443"] },
          "delivery": { "guaranteed": ["api-logger"], "wishes": true, "limitMegabytes": 512 }
        }
        """
    );

    private static readonly string[] Leaves =
    [
        "1",
        "-0.5e9",
        "true",
        "null",
        "\"all\"",
        "\"L1\"",
        "\"\\ud800\"",
        "\"é\"",
        "[",
        "}",
        "[]",
        "{}",
    ];
    private static readonly string[] Names = ["version", "plugins", "allow", "name", "require", "delivery", "guaranteed", "x"];
    private static readonly Gen<string> Leaf = Gen.Int[0, Leaves.Length - 1].Select(at => Leaves[at]);
    private static readonly Gen<string> Json = Grow(Grow(Grow(Leaf)));

    [Fact]
    public void Read_EveryMember_IsUnderstood()
    {
        var policy = Read(Whole);
        Assert.Equal([new PluginRule { Name = "console-logger" }, policy.AllowedPlugins![1]], policy.AllowedPlugins);
        Assert.Equal($"api-logger from 1.0.0 to 2.0.0 sha256 {Digest[..16]}…", policy.AllowedPlugins[1].ToString());
        Assert.Equal("other", Assert.Single(policy.DeniedPlugins!).Name);
        Assert.Equal("console-logger", Assert.Single(policy.RequiredPlugins!).Name);
        Assert.Equal(LossAction.Report, policy.WhenRequiredIsLost);
        Assert.Equal((false, true), (policy.ProjectPlugins, policy.DevelopmentPlugins));
        Assert.Equal(new PublisherRule { Name = "Äcme", Certificate = Digest }, Assert.Single(policy.AllowedPublishers!));
        Assert.Equal(new PublisherRule { Root = Digest }, Assert.Single(policy.DeniedPublishers!));
        Assert.Equal(Tier.Pro, policy.MaximumTier);
        Assert.Equal(["api_logging"], policy.AllowedFeatures);
        Assert.Equal(["L1", "L3"], policy.RequiredIsolation);
        Assert.Equal(["10.0.0.5:443", "[fd00::5]:443", "intranet.example:8443"], policy.AllowPrivate);
        Assert.Equal(["api-logger"], policy.Guaranteed!.Plugins);
        Assert.True(policy.GrantsWishes);
        Assert.Equal(512L << 20, policy.SpillLimit);
    }

    [Fact]
    public void Read_TheExamplesOfThePage_AreUnderstood()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "Km.slnx")))
            root = root.Parent!;
        var page = File.ReadAllText(Path.Combine(root.FullName, "docs", "policy.md"));
        var examples = page.Split("```json\n").Skip(1).Select(part => part[..part.IndexOf("```", StringComparison.Ordinal)]).ToList();
        Assert.Equal(4, examples.Count);

        // Only an administrator grants plugins to decide about requests.
        Assert.All(examples, example =>
            PolicyReader.Read(
                Encoding.UTF8.GetBytes(example),
                example.Contains("\"intercept\"", StringComparison.Ordinal) ? PolicyAuthor.Administrator : PolicyAuthor.User,
                "p"
            )
        );
    }

    [Fact]
    public void Read_ByteOrderMark_DoesNotCountNorMoveAPlace()
    {
        Assert.Equal(Read("""{"version":1}"""u8), Read("\uFEFF{\"version\":1}\r\n"u8));
        var error = Assert.Throws<KmException>(() => Read("\uFEFF{\"version\":2}"u8)).Error;
        Assert.StartsWith("p, line 1, column 12:", error.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_TheLeast_SaysNothing() =>
        Assert.Equal(new PolicyDocument { Author = PolicyAuthor.User, Path = "p" }, Read("""{"version":1}"""u8));

    [Theory]
    [InlineData("", 1, 1, "not JSON")]
    [InlineData("{}", 1, 1, "\"version\": 1 is missing")]
    [InlineData("[]", 1, 1, "must be an object")]
    [InlineData("null", 1, 1, "must be an object")]
    [InlineData("{\n  \"version\": 2\n}", 2, 14, "version must be 1")]
    [InlineData("{\"version\": 1.0}", 1, 13, "version must be 1")]
    [InlineData("{\"version\": \"1\"}", 1, 13, "version must be 1")]
    [InlineData("{\"version\": 1} x", 1, 16, "not JSON")]
    [InlineData("{\"version\": 1}{}", 1, 15, "not JSON")]
    [InlineData("{\"version\": 1,}", 1, 15, "not JSON")]
    [InlineData("{ // mine\n\"version\": 1}", 1, 3, "not JSON")]
    [InlineData("{\"version\": 1,\n \"Plugins\": {}}", 2, 2, "'Plugins' is unknown")]
    [InlineData("{\"version\": 1, \"version\": 1}", 1, 16, "'version' is there twice")]
    [InlineData("{\"version\": 1, \"\\u0076ersion\": 1}", 1, 16, "'version' is there twice")]
    [InlineData("{\"é\": 1, \"version\": 1}", 1, 2, "'é' is unknown")]
    [InlineData("{\"version\": 1, \"publishers\": {\"allow\": [{\"name\": \"ééé\"}]}}", 1, 41, "a name alone proves nothing")]
    [InlineData("{\"version\": 1, \"publishers\": {\"allow\": [{\"name\": \"ééé\", \"root\": 1}]}}", 1, 65, "it must be a text")]
    [InlineData("{\"version\": 1, \"plugins\": {\"allow\": \"all\"}}", 1, 37, "it must be a list")]
    [InlineData("{\"version\": 1, \"plugins\": {\"allow\": [\"UPPER\"]}}", 1, 38, "it must be a plugin's name")]
    [InlineData("{\"version\": 1, \"plugins\": {\"allow\": [7]}}", 1, 38, "or an object with \"name\"")]
    [InlineData("{\"version\": 1, \"plugins\": {\"allow\": [{\"from\": \"1.0.0\"}]}}", 1, 38, "name is missing")]
    [InlineData(
        "{\"version\": 1, \"plugins\": {\"deny\": [{\"name\": \"ab\", \"from\": \"2.0.0\", \"to\": \"1.0.0\"}]}}",
        1,
        37,
        "from is above to"
    )]
    [InlineData("{\"version\": 1, \"plugins\": {\"deny\": [{\"name\": \"ab\", \"from\": \"2\"}]}}", 1, 60, "it must be a version")]
    [InlineData("{\"version\": 1, \"plugins\": {\"project\": 0}}", 1, 39, "true or false")]
    [InlineData("{\"version\": 1, \"plugins\": {\"whenRequiredIsLost\": \"stop\"}}", 1, 50, "\"end\" or \"report\"")]
    [InlineData("{\"version\": 1, \"tier\": {\"maximum\": \"Gold\"}}", 1, 36, "\"Free\"")]
    [InlineData("{\"version\": 1, \"tier\": {\"features\": [\"a\", \"a\"]}}", 1, 43, "is there twice")]
    [InlineData("{\"version\": 1, \"isolation\": {\"require\": [\"L4\"]}}", 1, 42, "it must be a layer")]
    [InlineData("{\"version\": 1, \"isolation\": {\"plugin-process\": \"user\"}}", 1, 48, "\"shared\" or \"session\"")]
    [InlineData("{\"version\": 1, \"network\": {\"allowPrivate\": [\"10.0.0.5\"]}}", 1, 45, "host:port")]
    [InlineData("{\"version\": 1, \"network\": {\"allowPrivate\": [\"10.0.0.5:99999\"]}}", 1, 45, "host:port")]
    [InlineData("{\"version\": 1, \"network\": {\"allowPrivate\": [\"[fe80::1%eth0]:1\"]}}", 1, 45, "host:port")]
    [InlineData("{\"version\": 1, \"delivery\": {\"limitMegabytes\": 0}}", 1, 47, "whole number")]
    [InlineData("{\"version\": 1, \"delivery\": {\"limitMegabytes\": 1e3}}", 1, 47, "whole number")]
    [InlineData("{\"version\": 1, \"delivery\": {\"guaranteed\": \"some\"}}", 1, 43, "it must be a list")]
    [InlineData("{\"version\": 1, \"tier\": {\"\\u001b[31m\": 1}}", 1, 25, "'\u001b[31m' is unknown")]
    [InlineData("{\"version\": 1, \"tier\": {\"maximum\": \"\\ud800\"}}", 1, 36, "half of a character")]
    [InlineData("[[[[[[[[[[1]]]]]]]]]]", 1, 9, "not JSON")]
    public void Read_AMistake_IsShownWhereItStands(string json, int line, int column, string why)
    {
        var error = Assert.Throws<KmException>(() => Read(Encoding.UTF8.GetBytes(json))).Error;
        Assert.Equal(ErrorCode.InvalidPolicy, error.Code);
        Assert.StartsWith($"p, line {line}, column {column}: ", error.Detail, StringComparison.Ordinal);
        Assert.Contains(why, error.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_BytesThatAreNoText_AreShownWhereTheyStand()
    {
        byte[] json = [.. "{\"version\": 1,\n \"é"u8, 0xFF, .. "\": 1}"u8];
        Assert.StartsWith(
            "p, line 2, column 4: this is not UTF-8",
            Assert.Throws<KmException>(() => Read(json)).Error.Detail,
            StringComparison.Ordinal
        );
        byte[] mark = [0xEF, 0xBB, 0xBF];
        Assert.Null(Read([.. mark, .. "{\"version\": 1}"u8]).RequiredPlugins);
        Assert.StartsWith(
            "p, line 1, column 1: this is not JSON",
            Assert.Throws<KmException>(() => Read([.. mark, .. mark, .. "{\"version\": 1}"u8])).Error.Detail,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Read_TooMuch_IsRefused() =>
        Assert.Contains(
            "larger than",
            Assert.Throws<KmException>(() => Read(Encoding.UTF8.GetBytes(new string(' ', PolicyReader.MaxSize) + "{}"))).Error.Detail,
            StringComparison.Ordinal
        );

    [Fact]
    public void Read_AnyByteChanged_IsAPolicyOrAPlacedMistake() =>
        Gen.Select(Gen.Int[0, Whole.Length - 1], Gen.Byte, Gen.Int[0, 2])
            .Sample(
                change =>
                {
                    var (at, value, how) = change;
                    AssertPolicyOrMistake(
                        how switch
                        {
                            0 => [.. Whole[..at], value, .. Whole[(at + 1)..]],
                            1 => [.. Whole[..at], value, .. Whole[at..]],
                            _ => Whole[..at],
                        }
                    );
                },
                iter: 50_000
            );

    [Fact]
    public void Read_AnyJson_IsAPolicyOrAPlacedMistake() =>
        Json.Sample(json => AssertPolicyOrMistake(Encoding.UTF8.GetBytes(json)), iter: 50_000);

    [Fact]
    public void Read_AnyBytes_IsAPlacedMistake() => Gen.Byte.Array[0, 60].Sample(AssertPolicyOrMistake, iter: 50_000);

    /// <summary>Lists and objects of what is there already.</summary>
    private static Gen<string> Grow(Gen<string> inner) =>
        Gen.OneOf(
            Leaf,
            inner.Array[0, 4].Select(items => $"[{string.Join(',', items)}]"),
            Gen.Select(Gen.Int[0, Names.Length - 1], inner)
                .Array[0, 4]
                .Select(members => $"{{{string.Join(", ", members.Select(member => $"\"{Names[member.Item1]}\": {member.Item2}"))}}}")
        );

    /// <summary>Whatever else were thrown would end the sample.</summary>
    private static void AssertPolicyOrMistake(byte[] json)
    {
        try
        {
            Read(json);
        }
        catch (KmException e)
        {
            Assert.Equal(ErrorCode.InvalidPolicy, e.Error.Code);
            var words = e.Error.Detail!.Split(' ', ':', ',');
            var line = int.Parse(words[Array.IndexOf(words, "line") + 1], System.Globalization.CultureInfo.InvariantCulture);
            var column = int.Parse(words[Array.IndexOf(words, "column") + 1], System.Globalization.CultureInfo.InvariantCulture);
            Assert.InRange(line, 1, json.Count(value => value == '\n') + 1);
            Assert.InRange(column, 1, json.Length + 1);
        }
    }

    private static PolicyDocument Read(ReadOnlySpan<byte> json) => PolicyReader.Read(json, PolicyAuthor.User, "p");
}
