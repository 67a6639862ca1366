using System.Text;

namespace Kilometers.RedactionBench.Corpus;

/// <summary>
/// Messages with one secret each, of every form, from one seed. It was written from what the formats look like, not from the rules that
/// must find the secrets: a part before them, the rest after. Those of <see cref="Blind1"/>, <see cref="Unseen"/> and <see cref="UnseenFiles"/>
/// were never used to make one.
/// </summary>
internal static class CorpusGenerator
{
    private static readonly (string Family, (string Form, Func<Values, string, string> Make)[] Forms)[] Texts =
    [
        ("settings", HeldOut.Settings),
        ("file", Files.All),
        ("file", MoreFiles.All),
        ("file", HeldOut.Files),
        ("wrapped", HeldOut.Wrapped),
        ("log", Logs.All),
        ("log", HeldOut.Logs),
        ("every day", Everyday.All),
        ("elsewhere", Elsewhere.All),
        ("corners", Corners.All),
        ("unseen", Unseen.All),
        ("unseen", UnseenFiles.All),
        .. Parts("blind 1", Blind1.Settings, Blind1.Files, Blind1.Wrapped, Blind1.Logs),
        .. Parts("blind 2", Blind2.Settings, Blind2.Files, Blind2.Wrapped, Blind2.Logs),
        .. Parts("blind 3", Blind3.Settings, Blind3.Files, Blind3.Wrapped, Blind3.Logs),
    ];

    private static readonly (string Family, (string Form, Func<Values, string> Make)[] Forms)[] BareTokens =
    [
        ("bare token", Tokens.All),
        ("bare token", HeldOut.Tokens),
        ("blind 1", Blind1.Tokens),
        ("blind 2", Blind2.Tokens),
        ("blind 3", Blind3.Tokens),
    ];

    public static IEnumerable<Sample> Generate(int seed, int rounds)
    {
        var values = new Values(new Random(seed));
        for (var round = 0; round < rounds; round++)
        {
            foreach (var (family, forms) in BareTokens)
            {
                foreach (var (form, make) in forms)
                {
                    var token = make(values);
                    var text = values.Any(token, $"use {token} for this", $"[\"{token}\"]", $"see <{token}>");
                    yield return Text(family, form, text, Secret(token));
                }
            }
            foreach (var (form, make) in Settings.Lines)
            {
                for (var turn = 0; turn < 3; turn++)
                {
                    var name = Settings.Name(values);
                    var secret = Settings.Value(values, name);
                    yield return Text("settings", $"{form}: {name}", make(values, name, secret), secret);
                }
            }
            foreach (var (family, forms) in Texts)
            {
                foreach (var (form, make) in forms)
                {
                    var secret = values.Value();
                    yield return Text(family, form, make(values, secret), secret);
                }
            }
            foreach (var (form, make) in Wrappings.All)
            {
                var secret = values.Value();
                yield return new("wrapped", form, Encoding.UTF8.GetBytes(make(values, secret)), secret);
            }
            foreach (var (form, make) in Wrappings.Tokens)
            {
                var token = values.Any<(string Form, Func<Values, string> Make)>(Tokens.All).Make(values);
                yield return new("wrapped", form, Encoding.UTF8.GetBytes(make(values, token)), token);
            }
        }
    }

    private static Sample Text(string family, string form, string text, string secret) =>
        new(family, form, Encoding.UTF8.GetBytes(Wrappings.Result(text)), secret);

    /// <summary>Of an address with a user and a password, the password is the secret.</summary>
    private static string Secret(string token)
    {
        var host = token.LastIndexOf('@');
        return Uri.TryCreate(token, UriKind.Absolute, out var uri) && uri.UserInfo.IndexOf(':') is >= 0 and var colon && host > 0
            ? uri.UserInfo[(colon + 1)..]
            : token;
    }

    private static IEnumerable<(string, (string, Func<Values, string, string>)[])> Parts(
        string family,
        params (string, Func<Values, string, string>)[][] parts
    ) => parts.Select(forms => (family, forms));
}
