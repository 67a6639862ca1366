using System.Text;

namespace Kilometers.RedactionBench.Corpus;

/// <summary>
/// Messages with one secret each, of every form, from one seed. It was written from what the formats look like, not from the rules that
/// must find the secrets: a part before them, the rest after; those of <see cref="Unseen"/> and <see cref="UnseenFiles"/> were never used to make one.
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
    ];

    public static IEnumerable<Sample> Generate(int seed, int rounds)
    {
        var values = new Values(new Random(seed));
        for (var round = 0; round < rounds; round++)
        {
            foreach (var (form, make) in Tokens.All.Concat(HeldOut.Tokens))
            {
                var token = make(values);
                yield return Text(
                    "bare token",
                    form,
                    values.Any(token, $"use {token} for this", $"[\"{token}\"]", $"see <{token}>"),
                    token
                );
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
}
