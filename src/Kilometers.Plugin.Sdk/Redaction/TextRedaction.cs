using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;

namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>Masks the secrets of text of any kind, then what the user's own patterns match.</summary>
/// <param name="names">The names that say secret.</param>
/// <param name="patterns">Patterns whose matches are secrets; none matches in more than linear time.</param>
internal sealed class TextRedaction(SecretNames names, IReadOnlyList<Regex> patterns)
{
    /// <summary>From this length on, base64 that is not text is skipped as a whole: an image, a signature.</summary>
    private const int MinBlob = 200;

    private static readonly SearchValues<char> Begin = SearchValues.Create(
        "-:$_/ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    );

    private static readonly SearchValues<char> NoCredentials = SearchValues.Create(" \t\r\n{\"/");

    private static readonly SearchValues<char> Words = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"
    );

    public string Redact(string text) => Redact(text, []);

    /// <param name="text">The text.</param>
    /// <param name="known">Secrets in it that were recognised from outside.</param>
    public string Redact(string text, IEnumerable<SecretRange> known)
    {
        var secrets = Find(text);
        secrets.AddRange(known);
        text = Replace(text, secrets);
        foreach (var pattern in patterns)
            text = pattern.Replace(text, SecretMasker.Mask);
        return text;
    }

    /// <summary>The end of a text from a position on, without its secrets.</summary>
    public string RedactFrom(string text, int start)
    {
        var secrets = Find(text)
            .Where(secret => secret.End > start)
            .Select(secret =>
                secret.Start >= start ? secret with { Start = secret.Start - start, End = secret.End - start } : new(0, secret.End - start)
            )
            .ToList();
        var rest = Replace(text[start..], secrets);
        foreach (var pattern in patterns)
            rest = pattern.Replace(rest, SecretMasker.Mask);
        return rest;
    }

    /// <summary>The secrets of a text, in no order; they may overlap.</summary>
    public List<SecretRange> Find(string text)
    {
        var secrets = new List<SecretRange>();
        Find(text, secrets, encoded: true);
        if (DecodedView.Of(text) is not { } view)
            return secrets;
        var decoded = new List<SecretRange>();
        Find(view.Text, decoded, encoded: false);
        secrets.AddRange(decoded.Select(view.Origin));
        return secrets;
    }

    private static string Replace(string text, List<SecretRange> secrets)
    {
        if (secrets.Count == 0)
            return text;
        secrets.Sort(static (a, b) => a.Start != b.Start ? a.Start.CompareTo(b.Start) : b.End.CompareTo(a.End));
        var output = new StringBuilder(text.Length);
        var copied = 0;
        for (var index = 0; index < secrets.Count; )
        {
            var secret = secrets[index++];
            // What overlaps is one secret: nothing of it may stay.
            while (index < secrets.Count && secrets[index].Start < secret.End)
            {
                if (secrets[index].End > secret.End)
                    secret = new(secret.Start, secrets[index].End);
                index++;
            }
            output
                .Append(text, copied, secret.Start - copied)
                .Append(secret.Quote)
                .Append(secret.Replacement ?? SecretMasker.Mask)
                .Append(secret.Quote);
            copied = secret.End;
        }
        return output.Append(text, copied, text.Length - copied).ToString();
    }

    private void Find(string text, List<SecretRange> secrets, bool encoded)
    {
        var shaped = 0;
        var decoded = encoded ? 0 : int.MaxValue;
        for (var position = 0; position < text.Length; )
        {
            var next = text.AsSpan(position).IndexOfAny(Begin);
            if (next < 0)
                break;
            position += next;
            var found = FindAt(text, position, ref shaped, ref decoded, secrets, out var end);
            if (found is { } secret)
                secrets.Add(secret);
            position = Math.Max(position + 1, found?.End ?? end);
        }
        if (text.Contains('\n'))
            Tables.Find(text, names, secrets);
    }

    /// <summary>The secret that begins at a position, and else where to look next. Each recogniser looks at a character a bounded number of times (see there).</summary>
    private SecretRange? FindAt(string text, int position, ref int shaped, ref int decoded, List<SecretRange> secrets, out int end)
    {
        end = position + 1;
        switch (text[position])
        {
            case '-':
                return Of(SecretKind.PrivateKey, PemBlock.Match(text, position)) ?? CommandOption.Match(text, position);
            case ':':
                return Of(SecretKind.UrlPassword, UrlCredentials.Match(text, position)) ?? PasswordFile.Match(text, position);
            case '$':
                return Of(SecretKind.PasswordHash, ShapedToken.MatchHash(text, position));
            case '/':
                return null;
        }
        end = Characters.RunEnd(text, position, Words);
        if (position > 0 && Characters.IsWord(text[position - 1]))
            return null;
        if (char.IsAsciiDigit(text[position]) && CardNumber.Match(text, position) is { } card)
            return Of(SecretKind.PaymentCard, card);
        if (KnownToken.Match(text, position) is { } token)
            return Of(SecretKind.Token, token);
        if (position >= shaped)
        {
            shaped = ShapedToken.RunEnd(text, position);
            if (ShapedToken.Match(text, position, shaped) is { } found)
            {
                // There may be another one in the same run.
                shaped = found.End;
                return Of(SecretKind.Token, found);
            }
        }
        if (char.IsAsciiDigit(text[position]) || NamedSecret.Match(text, position, names) is not { } named)
        {
            if ((UnnamedSetting.Match(text, position) ?? CommandArgument.Match(text, position)) is { } unnamed)
            {
                // It may lie before this word, which is then still to be looked behind.
                end = Math.Max(end, unnamed.End);
                secrets.Add(unnamed);
                return null;
            }

            if (position >= decoded && FindEncoded(text, position, ref decoded) is { } inner)
                return inner;
            if (decoded - position >= MinBlob && decoded < int.MaxValue)
                end = decoded;
            if (text[position] is 'i' or 'I')
                end = Math.Max(end, SqlStatements.Find(text, position, names, secrets));
            return null;
        }
        return named;
    }

    private static SecretRange? Of(SecretKind kind, SecretRange? secret) => secret is { } found ? found with { Kind = kind } : null;

    private SecretRange? FindEncoded(string text, int position, ref int decoded)
    {
        decoded = EncodedText.RunEnd(text, position);
        var run = text.AsSpan(position, decoded - position);
        if (EncodedText.Decode(run) is not { } inner)
            return null;
        var secrets = new List<SecretRange>();
        Find(inner, secrets, encoded: false);
        if (
            inner.IndexOf(':') is > 0 and var colon
            && !inner.AsSpan().ContainsAny(NoCredentials)
            && inner.IndexOf(':', colon + 1) < 0
            && ValueShape.IsPasswordLike(inner.AsSpan(colon + 1))
        )
            secrets.Add(new(colon + 1, inner.Length));
        return secrets.Count == 0 ? null : new(position, decoded, Replacement: EncodedText.Encode(Replace(inner, secrets), run));
    }
}
