namespace Kilometers.Ui.Pages;

/// <summary>A page that says why there is nothing else.</summary>
/// <param name="Title">What.</param>
/// <param name="Text">Why.</param>
/// <param name="Command">What to run; null: nothing.</param>
/// <param name="Status">The status of the response.</param>
public sealed record NoticeModel(string Title, string Text, string? Command = null, int Status = 200);
