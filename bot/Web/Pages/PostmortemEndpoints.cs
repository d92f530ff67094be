using Bot.Desk;
using Bot.Postmortems;
using Bot.Web.Security;
using Markdig;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Bot.Web.Pages;

/// <summary><c>/incidents/{id}/postmortem</c>: the draft as a page, and as a Markdown file to take away.</summary>
internal sealed class PostmortemEndpoints : IPages
{
    private static readonly MarkdownPipeline Markdown = new MarkdownPipelineBuilder().UsePipeTables().UseTaskLists().DisableHtml().Build();

    public string Path => "/incidents/{id}/postmortem";

    public void Map(IEndpointRouteBuilder pages)
    {
        pages.MapGet("/incidents/{id}/postmortem", ShowAsync);
        pages.MapGet("/incidents/{id}/postmortem.md", DownloadAsync);
    }

    private static async Task<IResult> ShowAsync(
        HttpContext context,
        Visibility visibility,
        PostmortemWriter writer,
        string id,
        CancellationToken cancel
    ) =>
        await visibility.FindAsync(context.Caller(), id, cancel) is { } incident
        && await writer.DraftAsync(incident.Number, cancel) is { } draft
            ? new RazorComponentResult<PostmortemPage>(new { Incident = incident, Html = Render(draft) })
            : ErrorPage.NotFound("incident " + id);

    // Markdig's boxes are form fields without a label; raw HTML is off, so nothing that people wrote can look like one.
    private static string Render(string draft) =>
        Markdig
            .Markdown.ToHtml(draft, Markdown)
            .Replace(
                """<input disabled="disabled" type="checkbox" checked="checked" />""",
                """<span class="box" role="img" aria-label="done">☑</span>""",
                StringComparison.Ordinal
            )
            .Replace(
                """<input disabled="disabled" type="checkbox" />""",
                """<span class="box" role="img" aria-label="open">☐</span>""",
                StringComparison.Ordinal
            );

    private static async Task<IResult> DownloadAsync(
        HttpContext context,
        Visibility visibility,
        PostmortemWriter writer,
        string id,
        CancellationToken cancel
    ) =>
        await visibility.FindAsync(context.Caller(), id, cancel) is { } incident
        && await writer.DraftAsync(incident.Number, cancel) is { } draft
            ? Results.File(System.Text.Encoding.UTF8.GetBytes(draft), "text/markdown; charset=utf-8", $"postmortem-{incident.Id}.md")
            : ErrorPage.NotFound("incident " + id);
}
