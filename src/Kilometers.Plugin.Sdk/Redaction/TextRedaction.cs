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

    private static readonly SearchValues<char> NoCredentials = SearchValues.Create(" \t\r\n{\"/");

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
        foreach (var secret in decoded)
            secrets.Add(view.Origin(secret));
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
        var scan = new TextScan(names, text) { Decoded = encoded ? 0 : int.MaxValue };
        for (var position = 0; position < text.Length; )
        {
            switch (Characters.KindOf(text[position]))
            {
                case CharacterKind.Other:
                    position++;
                    continue;
                case CharacterKind.Mark:
                    position = Math.Max(position + 1, Add(FindAtMark(text, position), secrets));
                    continue;
            }

            var end = Characters.WordEnd(text, position);
            // In the middle of a word nothing begins.
            if (position == 0 || !Characters.IsWord(text[position - 1]))
                end = Math.Max(position + 1, FindInWord(position, end, ref scan, secrets));
            position = end;
        }
        CuedValue.FindInOtherLetters(text, secrets);
        if (text.Contains('\n'))
            Tables.Find(text, names, secrets);
        HtmlTables.Find(text, names, secrets);
    }

    /// <returns>Where it ends; 0: there is none.</returns>
    private static int Add(SecretRange? found, List<SecretRange> secrets)
    {
        if (found is not { } secret)
            return 0;
        secrets.Add(secret);
        return secret.End;
    }

    private static SecretRange? FindAtMark(string text, int position) =>
        text[position] switch
        {
            '-' => Of(SecretKind.PrivateKey, PemBlock.Match(text, position)) ?? CommandOption.Match(text, position),
            ':' => Of(SecretKind.UrlPassword, UrlCredentials.Match(text, position)) ?? PasswordFile.Match(text, position),
            _ => Of(SecretKind.PasswordHash, ShapedToken.MatchHash(text, position)),
        };

    /// <summary>
    /// Adds the secret that begins with a word. Most words are told to be none by a few characters: only others are given to a recogniser, and
    /// each recogniser looks at a character a bounded number of times (see there).
    /// </summary>
    /// <returns>Where to look next.</returns>
    private int FindInWord(int position, int end, ref TextScan scan, List<SecretRange> secrets)
    {
        var text = scan.Text;
        if (SecretCues.MayBegin(text, position))
            CuedValue.Find(text, position, secrets);
        var isNumber = char.IsAsciiDigit(text[position]);
        if (isNumber && CardNumber.Match(text, position) is { } card)
            return Add(card with { Kind = SecretKind.PaymentCard }, secrets);
        if (KnownToken.MayBegin(text, position) && KnownToken.Match(text, position) is { } token)
            return Add(token with { Kind = SecretKind.Token }, secrets);
        if (position >= scan.Shaped && scan.FindShaped(position) is { } found)
            return Add(found with { Kind = SecretKind.Token }, secrets);
        if (!isNumber && scan.MayBeName(position, end))
        {
            if (NamedSecret.Match(text, position, names) is { } named)
            {
                // It may lie before its name.
                secrets.Add(named);
                return Math.Max(end, named.End);
            }
            if (text[end - 1] is 's')
                NamedList.Find(text, position, names, secrets);
        }
        if (UnnamedSetting.MayBegin(text, position, end) && UnnamedSetting.Match(text, position) is { } setting)
        {
            secrets.Add(setting);
            return Math.Max(end, setting.End);
        }

        if (position >= scan.Decoded && scan.MayBeEncoded(position) && FindEncoded(text, position, ref scan) is { } inner)
            return Add(inner, secrets);
        if (scan.Decoded - position >= MinBlob && scan.Decoded < int.MaxValue)
            end = scan.Decoded;
        return text[position] is 'i' or 'I' ? Math.Max(end, SqlStatements.Find(text, position, names, secrets)) : end;
    }

    private static SecretRange? Of(SecretKind kind, SecretRange? secret) => secret is { } found ? found with { Kind = kind } : null;

    private SecretRange? FindEncoded(string text, int position, ref TextScan scan)
    {
        var decoded = scan.Decoded = EncodedText.RunEnd(text, position);
        var run = text.AsSpan(position, decoded - position);
        if (position > 6 && text.AsSpan(position - 6, 6) is "PLAIN " && EncodedText.IsPlainLogin(run))
            return new(position, decoded);
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
