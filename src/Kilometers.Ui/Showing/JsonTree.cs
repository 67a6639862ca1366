using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Html;

namespace Kilometers.Ui.Showing;

/// <summary>JSON as a tree that opens and closes without a script; a text that is not JSON as it is.</summary>
/// <param name="content">UTF-8.</param>
public sealed class JsonTree(ReadOnlyMemory<byte> content) : IHtmlContent
{
    private const int MaxNodes = 2000;
    private const int MaxText = 4000;
    private const int OpenDepth = 4;
    private const int MaxOpenChildren = 100;

    private int _left = MaxNodes;

    /// <inheritdoc/>
    public void WriteTo(TextWriter writer, HtmlEncoder encoder)
    {
        ArgumentNullException.ThrowIfNull(writer);
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(content);
        }
        catch (JsonException)
        {
            writer.Write("<pre class=\"t\">");
            Shown.Write(writer, Encoding.UTF8.GetString(content.Span), Shown.MaxText);
            writer.Write("</pre>");
            return;
        }

        using (document)
        {
            writer.Write("<div class=\"json\">");
            Write(writer, null, document.RootElement, 0);
            writer.Write("</div>");
        }
    }

    private void Write(TextWriter writer, string? name, JsonElement value, int depth)
    {
        _left--;
        if (value.ValueKind is JsonValueKind.Object or JsonValueKind.Array)
            WriteBranch(writer, name, value, depth);
        else
        {
            writer.Write("<div class=\"leaf\">");
            WriteName(writer, name);
            WriteValue(writer, value);
            writer.Write("</div>");
        }
    }

    private void WriteBranch(TextWriter writer, string? name, JsonElement value, int depth)
    {
        var isObject = value.ValueKind == JsonValueKind.Object;
        var count = isObject ? value.EnumerateObject().Count() : value.GetArrayLength();
        writer.Write(depth < OpenDepth && count <= MaxOpenChildren ? "<details open><summary>" : "<details><summary>");
        WriteName(writer, name);
        writer.Write(isObject ? "<span class=\"n\">{ " : "<span class=\"n\">[ ");
        writer.Write(count.ToString(CultureInfo.InvariantCulture));
        writer.Write(isObject ? " }</span></summary>" : " ]</span></summary>");
        var at = 0;
        if (isObject)
            foreach (var member in value.EnumerateObject())
            {
                if (!HasRoom(writer, count - at++))
                    break;
                Write(writer, NameOf(member), member.Value, depth + 1);
            }
        else
            foreach (var element in value.EnumerateArray())
            {
                if (!HasRoom(writer, count - at))
                    break;
                Write(writer, at++.ToString(CultureInfo.InvariantCulture), element, depth + 1);
            }

        writer.Write("</details>");
    }

    private bool HasRoom(TextWriter writer, int missing)
    {
        if (_left > 0)
            return true;
        writer.Write("<div class=\"leaf x\">… ");
        writer.Write(missing.ToString("N0", CultureInfo.InvariantCulture));
        writer.Write(" more; see the raw message</div>");
        return false;
    }

    private static void WriteName(TextWriter writer, string? name)
    {
        if (name is null)
            return;
        writer.Write("<span class=\"k\">");
        Shown.Write(writer, name, MaxText);
        writer.Write("</span>: ");
    }

    private static void WriteValue(TextWriter writer, JsonElement value)
    {
        var isText = value.ValueKind == JsonValueKind.String;
        writer.Write(isText ? "<span class=\"s\">" : "<span class=\"v\">");
        Shown.Write(writer, isText ? TextOf(value) : value.GetRawText(), MaxText);
        writer.Write("</span>");
    }

    /// <summary>Half of a surrogate pair, escaped, is no text for .NET; then it stays escaped.</summary>
    private static string TextOf(JsonElement value)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return value.GetRawText();
        }
    }

    private static string NameOf(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            return "?";
        }
    }
}
