namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>Where one content item of a message ends and the next begins: a secret may be cut in two there, or be apart from its name.</summary>
internal static class ContentSeam
{
    /// <summary>How much of either piece is looked at.</summary>
    private const int MaxSeam = 256;

    /// <summary>Looks for a secret across the end of one piece of text and the beginning of the next.</summary>
    public static void Join(TextRedaction text, JsonFrame list, (int Start, int End, string Text) piece, ref JsonEdits edits)
    {
        if (list.Piece is { } before && before.Text.Length > 0 && piece.Text.Length > 0 && !IsJson(before.Text) && !IsJson(piece.Text))
        {
            var tail = before.Text[Math.Max(0, before.Text.Length - MaxSeam)..];
            var head = piece.Text[..Math.Min(piece.Text.Length, MaxSeam)];
            var ends = new List<SecretRange>();
            var begins = new List<SecretRange>();
            foreach (var seam in (ReadOnlySpan<string>)["", " "])
            {
                var border = tail.Length + seam.Length;
                foreach (var secret in text.Find(tail + seam + head))
                {
                    if (secret.End <= border)
                        continue;
                    // What is in one piece only is found there, too, unless the other one has its name.
                    begins.Add(new(Math.Max(0, secret.Start - border), secret.End - border));
                    if (secret.Start < tail.Length)
                        ends.Add(new(before.Text.Length - tail.Length + secret.Start, before.Text.Length));
                }
            }
            if (ends.Count > 0)
                edits.Replace(before.Start, before.End, JsonEdits.Encode(text.Redact(before.Text, ends)));
            if (begins.Count > 0)
                edits.Replace(piece.Start, piece.End, JsonEdits.Encode(text.Redact(piece.Text, begins)));
        }
        list.Piece = piece;
    }

    /// <summary>Whether a string may be JSON.</summary>
    public static bool IsJson(string value) => value.AsSpan().TrimStart() is ['{' or '[' or '"', ..];
}
