using System.Globalization;
using Kilometers.Ui.Showing;

namespace Kilometers.Ui.Pages;

/// <summary>Addresses of pages, and plain texts for where no markup is allowed.</summary>
public static class Links
{
    /// <summary>A session.</summary>
    public static string Session(string key, string? tab = null) =>
        "/sessions/" + Uri.EscapeDataString(key) + (tab is null ? "" : "/" + tab);

    /// <summary>A call.</summary>
    public static string Call(long id) => string.Create(CultureInfo.InvariantCulture, $"/calls/{id}");

    /// <summary>One message of a call, as it was recorded.</summary>
    public static string Message(long call, int at) => string.Create(CultureInfo.InvariantCulture, $"/calls/{call}/messages/{at}");

    /// <summary>A version of a definition.</summary>
    public static string Definition(long id) => string.Create(CultureInfo.InvariantCulture, $"/definitions/{id}");

    /// <summary>Calls that match filters, in all sessions.</summary>
    public static string Search(string filters) => "/search?q=" + Uri.EscapeDataString(filters);

    /// <summary>A filter, with quotes where its value needs them.</summary>
    public static string Filter(string name, string value) =>
        value.Contains(' ', StringComparison.Ordinal) ? $"{name}:\"{value}\"" : $"{name}:{value}";

    /// <summary>A hostile text for a title or an attribute, which takes no markup: what could act becomes a question mark.</summary>
    public static string Plain(string? text) => Shown.Plain(text ?? "");
}
